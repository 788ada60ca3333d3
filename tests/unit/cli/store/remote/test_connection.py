"""Whose socket a command trusts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from twisted.trial.unittest import SkipTest

from buildbot_keychain.cli.store.remote import listens
from buildbot_keychain.cli.store.remote._connection import BusyError, connected
from buildbot_keychain.errors import StoreError, StoreUnavailable
from tests.support.master_sockets import MasterSocketTestCase

NOBODY = 65534

AS_NOBODY = """
import encodings.idna, os, socket, sys
from pathlib import Path
from buildbot_keychain.cli.store.remote._connection import connected
os.setuid(65534)  # who may not be able to read what Python imports
try:
    connected(Path(sys.argv[1])).close()
    print("connected")
except Exception as error:
    print(error)
"""


class ConnectionTests(MasterSocketTestCase):
    def connect(self) -> None:
        connected(self.path).close()

    def problem(self, kind: type[StoreError] = StoreError) -> str:
        return str(self.assertRaises(kind, self.connect))

    def test_nobody_listens(self) -> None:
        self.assertFalse(listens(self.path))
        self.assertIn("no master listens on", self.problem(StoreUnavailable))
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(self.path))
        self.assertFalse(listens(self.path))
        self.assertIn("Connection refused", self.problem(StoreUnavailable))

    def test_more_than_a_master_takes_at_once(self) -> None:
        """It listens, but a command should try again."""
        with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as first:
            listening.bind(str(self.path))
            listening.listen(0)
            first.connect(str(self.path))
            self.assertTrue(listens(self.path))
            problem = self.problem(BusyError)
        self.assertIn("has too many connections; try again later", problem)

    def test_what_is_not_a_socket(self) -> None:
        self.serve()
        self.path.rename(self.base / "moved")
        self.path.symlink_to(self.base / "moved")
        self.assertIn("is not a socket; nothing was sent", self.problem())

    def test_others_could_put_another_one_there(self) -> None:
        self.serve(b"", b"")
        self.base.chmod(0o1777)
        self.assertIn("others can put another socket in place", self.problem())
        self.base.chmod(0o755)
        self.connect()
        self.assertTrue(listens(self.path))

    def test_those_of_others(self) -> None:
        """A user trusts root and nobody else; root trusts whoever alone could have put it there."""
        if os.geteuid():
            raise SkipTest("only root can become another user")
        self.serve(b"", b"")
        self.base.chmod(0o755)
        self.path.chmod(0o666)
        arguments = [sys.executable, "-c", AS_NOBODY, str(self.path)]
        self.assertEqual(subprocess.check_output(arguments, text=True), "connected\n")
        os.chown(self.path, 1, -1)
        said = subprocess.check_output(arguments, text=True)
        self.assertIn("belongs to the user 1, neither to you nor to root", said)
        os.chown(self.base, NOBODY, -1)
        self.assertIn("others can put another socket in place", self.problem())
        os.chown(self.base, 1, -1)
        self.connect()
