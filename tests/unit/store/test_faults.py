"""Many writers at once, disks that are full or read-only, clocks that jump, a server that fails.

Each is told in a sentence, and nothing is lost.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SkipTest

from buildbot_keychain.errors import (
    KeyRingError,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from buildbot_keychain.store import database as module
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.rekeying import Rekeying
from buildbot_keychain.store.rotation import Rotation
from buildbot_keychain.store.store import Keep, Store
from buildbot_keychain.store.verification import verify
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW
from tests.support.writers import COUNTERS

ROOT = Path(__file__).parents[3]
DAY = 86_400


class WriterTests(StoreTestCase):
    def test_a_hundred_writers_at_once(self) -> None:
        """Four processes of 25 threads: what each has added is there."""
        for number in range(COUNTERS):
            self.store.set(f"counter {number}", "0", now=NOW)
        arguments = [self.url, str(self.ring_file.path), str(self.base), "4", "25"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.writers", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        values = [int(self.value(f"counter {number}") or 0) for number in range(COUNTERS)]
        self.assertEqual(sum(values), 100)
        report = verify(self.store._ledger)
        self.assertEqual((report.problems, report.entries), ((), 1 + COUNTERS + 100))


class PostgreSQLWriterTests(PostgreSQLTestCase, WriterTests):
    """On PostgreSQL."""


class LockTests(StoreTestCase):
    def test_another_process_that_holds_the_lock(self) -> None:
        """A writer gives up, and readers do not notice."""
        self.store.set("a", "one", now=NOW)
        program = (
            "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
            "connection.execute('BEGIN IMMEDIATE'); print(flush=True); sys.stdin.read()"
        )
        with mock.patch.object(module, "WAIT", 0.1):
            store = self.open()
            with subprocess.Popen(
                [sys.executable, "-c", program, str(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            ) as other:
                assert other.stdin is not None
                assert other.stdout is not None
                other.stdout.readline()
                error = self.assertRaises(StoreUnavailable, store.set, "a", "two", now=NOW)
                self.assertIn("database is locked", str(error))
                found = store.get("a")
                other.stdin.close()
            store.set("b", "two", now=NOW)
        self.assertEqual(
            (found and found.text, self.value("a"), self.value("b")), ("one", "one", "two")
        )


class DiskTests(StoreTestCase):
    """On a disk of one MiB, which the tests mount."""

    def setUp(self) -> None:
        self.databases: list[Database] = []
        self.disk = Path(self.mktemp()).absolute()
        self.disk.mkdir(mode=0o700)
        self.mount("-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(self.disk))
        self.addCleanup(subprocess.check_call, ["umount", str(self.disk)])
        super().setUp()
        self.store.set("a", "one", now=NOW)

    def database(self) -> Database:
        self.databases.append(super().database())
        return self.databases[-1]

    def mktemp(self) -> str:
        """Return a path on the disk, once it is there."""
        return str(self.disk / "store") if hasattr(self, "disk") else super().mktemp()

    def mount(self, *arguments: str) -> None:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            msg = f"needs to mount a disk: {done.stderr.strip()}"
            raise SkipTest(msg)

    def fill(self) -> Path:
        path = self.disk / "other"
        try:
            with path.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        except OSError:
            return path

    def test_a_full_disk(self) -> None:
        other = self.fill()
        error = self.assertRaises(StoreUnavailable, self.store.set, "a", "x" * 100_000, now=NOW)
        self.assertRegex(str(error), "^the store's database .*: .*(full|disk I/O error)")
        self.assertEqual(self.value("a"), "one")
        rotation = Rotation(self.store._ledger, self.ring_file)
        ring = self.ring_file.read()
        ring_error = self.assertRaises(KeyRingError, rotation.start, NOW)
        self.assertIn("No space left", str(ring_error))
        self.assertEqual(self.ring_file.read(), ring)
        self.assertEqual(self.open().page()[0].name, "a")
        other.unlink()
        self.store.set("a", "two", now=NOW)
        rotation.rotate(now=NOW, alive_since=NOW)
        self.assertEqual(self.value("a"), "two")
        self.assertEqual(verify(self.ledger()).problems, ())

    def test_a_read_only_disk(self) -> None:
        for database in self.databases:
            database.close()
        self.mount("-o", "remount,ro", str(self.disk))
        error = self.assertRaises(StoreError, self.open)
        self.assertIn("cannot be written to", str(error))
        error = self.assertRaises(StoreError, self.store.set, "a", "x", now=NOW)
        self.assertIn("cannot be written to", str(error))
        self.mount("-o", "remount,rw", str(self.disk))
        self.assertEqual(self.value("a"), "one")
        self.store.set("a", "two", now=NOW)
        self.assertEqual(verify(self.ledger()).problems, ())


class ClockTests(StoreTestCase):
    def test_nothing_is_lost_when_it_jumps(self) -> None:
        """Back by years and forth, in any operation."""
        for number, now in enumerate((NOW, 0, NOW + 9999 * DAY, 5, NOW, NOW - DAY)):
            self.store.set("a", f"{number}", now=now)
            self.store.edit("a", now=now, description=f"{number}")
            self.store.note_use("a", now)
            self.store.delete("a", now=now)
            self.store.undelete("a", now=now)
            Rotation(self.store._ledger, self.ring_file).rotate(now=now, alive_since=now)
        found = [self.value("a", number + 1) for number in range(6)]
        self.assertEqual(found, [f"{number}" for number in range(6)])
        self.assertEqual(len(self.store.history("a")), 4 * 6)
        self.assertEqual(verify(self.ledger()).problems, ())

    def test_versions_are_not_older_than_they_are(self) -> None:
        """A version that a clock has made in the future is kept as a new one."""
        store = self.open(keep=Keep(age=10 * DAY))
        for now in (NOW, NOW + 999 * DAY, NOW + DAY):
            store.set("a", "x", now=now)
        self.assertEqual([one.version for one in store.versions("a")], [2, 3])

    def test_what_a_wrong_clock_has_encrypted_again_is_done_again(self) -> None:
        rekeying = Rekeying(self.store._ledger)
        self.store.set("a", "x", now=NOW + 99 * DAY)  # its clock was wrong
        self.store.set("b", "x", now=NOW)
        self.assertEqual(rekeying.rekey_all(since=NOW + 1, now=NOW + 1).done, 2)
        self.assertEqual(rekeying.rekey_all(since=NOW + 1, now=NOW + 2).done, 0)


class Client(threading.Thread):
    """Counts in a secret, until the server has been restarted and a bit longer.

    :param begun: of all clients, and of who restarts the server.
    """

    def __init__(
        self, name: str, store: Store, begun: threading.Barrier, restarted: threading.Event
    ) -> None:
        super().__init__(name=name)
        self.failure: BaseException | None = None
        self.unavailable: list[str] = []
        self._store = store
        self._begun = begun
        self._restarted = restarted

    def run(self) -> None:
        try:
            self._count()
        except BaseException as error:  # noqa: BLE001 - the test raises it
            self.failure = error

    def _count(self) -> None:
        value, left = 0, 5
        self._begun.wait(60)
        while left:
            if self._add(value):
                value += 1
                left -= self._restarted.is_set()
        assert self._found() == (str(value), value)

    def _add(self, value: int) -> bool:
        try:
            self._store.set(self.name, str(value + 1), now=NOW, expected=value)
        except StoreUnavailable as error:
            self.unavailable.append(str(error))
            self._restarted.wait(60)
            return False
        except StoreConflict:  # it was written, and the answer was lost
            assert self._found() == (str(value + 1), value + 1)
        return True

    def _found(self) -> tuple[str, int]:
        found = self._store.get(self.name)
        assert found is not None
        return found.text, found.version


class FailoverTests(PostgreSQLTestCase, StoreTestCase):
    """A server that dies while it is in use, and comes back."""

    def test_writers_go_on_when_the_server_is_back(self) -> None:
        """Some of one process, and some of others."""
        begun, restarted = threading.Barrier(7), threading.Event()
        shared = self.open("shared")
        stores = [shared, shared, shared, *(self.open(f"{number}") for number in range(3))]
        clients = [
            Client(f"secret {number}", store, begun, restarted)
            for number, store in enumerate(stores)
        ]
        for client in clients:
            client.start()
        begun.wait(60)
        self.server.restart()
        restarted.set()
        for client in clients:
            client.join(120)
        self.assertEqual([client.failure for client in clients], [None] * 6)
        problems = [one for client in clients for one in client.unavailable]
        self.assertGreater(len(problems), 0)
        for problem in problems:
            self.assertTrue(problem.startswith("the store's database postgresql"), problem)
        report = verify(self.ledger())
        self.assertEqual((report.problems, report.secrets), ((), 6))

    def test_a_lookup_while_it_is_down(self) -> None:
        self.store.set("a", "one", now=NOW)
        store = OpenStore(self.url, self.ring_file.path, actor="x")
        self.addCleanup(store.close)
        self.server.restart(while_down=lambda: self.assertRaises(StoreUnavailable, self.get, store))
        self.assertEqual(self.get(store), (b"one", Metadata(NOW)))

    @staticmethod
    def get(store: OpenStore) -> tuple[bytes, Metadata] | None:
        found = store.secrets.get("a")
        return None if found is None else (found.content, found.metadata)
