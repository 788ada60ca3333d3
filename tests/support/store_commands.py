"""`StoreCommandCase`: the commands of a store, run in this process, with or without a terminal."""

from __future__ import annotations

import os
import pty
import select
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import _prompt
from buildbot_keychain.cli.store import _access
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Wrapper
from tests.support.keychain_command import Ended, run_here
from tests.support.store_keys import NOW

PIPED = "canary-W7/x+9pQ"
"""The value of `StoreCommandCase.set_piped`."""


class Person:
    """Somebody at a terminal who answers each question in turn.

    :param answers: lines, without their ends; there must be one for each question.
    :ivar path: of the terminal.
    :ivar seen: what the terminal has shown, once it is closed.
    """

    def __init__(self, answers: Sequence[str]) -> None:
        self._master, self._slave = pty.openpty()
        self.path = Path(os.ttyname(self._slave))
        self.seen = b""
        self._answers = [f"{answer}\n".encode() for answer in answers]
        self._stopped, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        asked = 0
        while True:
            ready, _, _ = select.select([self._master, self._stopped], [], [])
            if self._master not in ready:
                return
            new = os.read(self._master, 4096)
            self.seen += new
            # A question is the end of what is shown, after which the terminal waits.
            if self.seen.endswith((b": ", b"] ")) and asked < len(self._answers):
                os.write(self._master, self._answers[asked])
                asked += 1

    def leave(self) -> None:
        """End, and close the terminal."""
        os.close(self._stop)
        self._thread.join()
        for descriptor in (self._master, self._slave, self._stopped):
            os.close(descriptor)


class StoreCommandCase(SynchronousTestCase):
    """A store in SQLite, which the environment names; nobody is at a terminal."""

    def setUp(self) -> None:
        self.base = Path(self.mktemp()).absolute()
        for directory in (self.base, self.base / "data", self.base / "keys"):
            directory.mkdir(mode=0o700)
        self.path = self.base / "data" / "secrets.sqlite"
        self.url = f"sqlite:///{self.path}"
        self.key_file = self.base / "keys" / "ring"
        self.now = NOW
        named = {_access.STORE: self.url, _access.KEY_FILE: str(self.key_file)}
        changed = mock.patch.dict(os.environ, {**named, "NO_COLOR": "", "TERM": "xterm"})
        changed.start()
        self.addCleanup(changed.stop)
        self.patch(_prompt, "TERMINAL", self.base / "no-terminal")
        self.patch(_access, "now", lambda: self.now)

    def create(self, wrappers: Sequence[Wrapper] = ()) -> None:
        database = Database(self.url)
        create_store(database, RingFile(self.key_file), now=NOW, actor="test", wrappers=wrappers)
        database.close()

    def open(self, **options: Any) -> OpenStore:
        store = OpenStore(self.url, self.key_file, actor="test", **options)
        self.addCleanup(store.close)
        return store

    def value(self, name: str, version: int | None = None) -> str | None:
        found = self.open().secrets.get(name, version)
        return None if found is None else found.text

    def set(self, name: str, value: str | bytes, **options: Any) -> None:
        self.open().secrets.set(name, value, now=self.now, **options)

    def answering(self, *answers: str) -> Person:
        """Let somebody be at the terminal, who gives these answers."""
        person = Person(answers)
        self.addCleanup(person.leave)
        self.patch(_prompt, "TERMINAL", person.path)
        return person

    def run_command(self, *words: str | Path, text: bytes = b"", typed: bool = False) -> Ended:
        """Run a command.

        :param text: its standard input.
        :param typed: whether standard input and output are a terminal.
        """
        return run_here(*words, text=text, at_terminal=typed)

    def set_piped(self, *words: str, text: bytes = PIPED.encode()) -> str:
        """Set a secret from a pipe, and return the messages, which do not show it."""
        ended = self.run_command("set", *words, text=text)
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertNotIn("canary", ended.err)
        return ended.err

    def out(self, *words: str | Path, **streams: Any) -> str:
        """Run a command that succeeds without a message, and return what it printed."""
        ended = self.run_command(*words, **streams)
        self.assertEqual((ended.status, ended.err), (0, ""))
        return ended.out

    def assertFails(self, status: int, message: str, *words: str | Path, **streams: Any) -> str:
        """Fail if a command does not end with a status and one message; return that."""
        ended = self.run_command(*words, **streams)
        self.assertEqual((ended.status, ended.out), (status, ""))
        (line,) = ended.err.splitlines()
        self.assertRegex(line, r"^buildbot-keychain: [^A-Z].*[^.]$")
        self.assertIn(message, line)
        return line
