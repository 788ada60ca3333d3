"""Whose socket a command trusts, and what it makes of what comes from there."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli.store.remote import RemoteStore, _store, listens
from buildbot_keychain.errors import StoreError, StoreUnavailable
from buildbot_keychain.store.remote import STILL_WORKING, TOO_MANY, NotAMessage, frame

NOBODY = 65534
RESULT = frame(b'{"result":null}')

AS_NOBODY = """
import encodings.idna, os, socket, sys
from pathlib import Path
from buildbot_keychain.cli.store.remote import RemoteStore
os.setuid(65534)  # who may not be able to read what Python imports
try:
    print(RemoteStore(Path(sys.argv[1])).secrets.get("a"))
except Exception as error:
    print(error)
"""


class RemoteTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="keychain"))  # a socket's path cannot be long
        self.addCleanup(shutil.rmtree, self.base)
        self.path = self.base / "socket"
        self.store = RemoteStore(self.path)
        self.patch(_store, "pause", lambda _: None)

    def serve(self, *answers: bytes) -> None:
        """Answer one connection after the other, each with some bytes."""
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(str(self.path))
        listening.listen()

        def answer() -> None:
            for one in answers:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(BrokenPipeError):
                    connection.recv(1 << 16)
                    connection.sendall(one)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 60)

    def problem(self, kind: type[StoreError] = StoreError) -> str:
        return str(self.assertRaises(kind, self.store.secrets.get, "a"))

    def test_what_is_still_done_and_then_answered(self) -> None:
        self.serve(STILL_WORKING + frame(b'{"report":[1,2]}') + RESULT)
        self.assertIsNone(self.store.secrets.get("a"))

    def test_too_many_connections_at_first(self) -> None:
        self.serve(TOO_MANY, TOO_MANY, RESULT)
        self.assertIsNone(self.store.secrets.get("a"))

    def test_too_many_connections(self) -> None:
        self.serve(*[TOO_MANY] * 20)
        self.assertIn("has too many connections; try again later", self.problem(StoreUnavailable))

    def test_answers_that_are_none(self) -> None:
        answers = (b"", RESULT[:-1], STILL_WORKING, frame(b"garbage"), b"\xff" * 5)
        self.serve(*answers)
        for answer in answers:
            is_cut = answer in {b"", RESULT[:-1], STILL_WORKING}
            problem = self.problem(StoreUnavailable if is_cut else NotAMessage)
            self.assertEqual("look with buildbot-keychain history" in problem, is_cut)

    def test_silence(self) -> None:
        self.patch(_store, "SILENCE", 0.01)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.path))
            listening.listen()
            self.assertIn("has not said anything for", self.problem(StoreUnavailable))

    def test_nobody_listens(self) -> None:
        self.assertFalse(listens(self.path))
        self.assertIn("no master listens on", self.problem(StoreUnavailable))
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(self.path))
        self.assertFalse(listens(self.path))
        self.assertIn("Connection refused", self.problem(StoreUnavailable))

    def test_what_is_not_a_socket(self) -> None:
        self.serve()
        self.path.rename(self.base / "moved")
        self.path.symlink_to(self.base / "moved")
        self.assertIn("is not a socket; nothing was sent", self.problem())

    def test_others_could_put_another_one_there(self) -> None:
        self.serve(RESULT, RESULT)
        self.base.chmod(0o1777)
        self.assertIn("others can put another socket in place", self.problem())
        self.base.chmod(0o755)
        self.assertIsNone(self.store.secrets.get("a"))
        self.assertTrue(listens(self.path))

    def test_those_of_others(self) -> None:
        """A user trusts root and nobody else; root trusts whoever alone could have put it there."""
        if os.geteuid():
            raise SkipTest("only root can become another user")
        self.serve(RESULT, RESULT)
        self.base.chmod(0o755)
        self.path.chmod(0o666)
        arguments = [sys.executable, "-c", AS_NOBODY, str(self.path)]
        self.assertEqual(subprocess.check_output(arguments, text=True), "None\n")
        os.chown(self.path, 1, -1)
        said = subprocess.check_output(arguments, text=True)
        self.assertIn("belongs to the user 1, neither to you nor to root", said)
        os.chown(self.base, NOBODY, -1)
        self.assertIn("others can put another socket in place", self.problem())
        os.chown(self.base, 1, -1)
        self.assertIsNone(self.store.secrets.get("a"))
