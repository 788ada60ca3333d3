from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import AuditTable, AuditToDatabase, Lookup
from buildbot_keychain.buildbot.www import _reading as module
from buildbot_keychain.buildbot.www._reading import AuditReading
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import StoreUnavailable
from tests.support.audit_records import record
from tests.support.fake_master import ThreadsClock


class ReadingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(0o700)
        self.urls = [f"sqlite:///{self.directory / name}" for name in ("a.sqlite", "b.sqlite")]
        for url in self.urls:
            self.write(url, 1)
        self.opened: list[AuditTable] = []
        self.patch(module, "AuditTable", self.open)
        self.clock = ThreadsClock()
        self.reading = AuditReading(self.clock)
        self.addCleanup(self.reading.stop)

    def write(self, url: str, count: int) -> None:
        sink = AuditToDatabase(url)
        sink.write(count * [record(Lookup("app", Requester("build")), 1.0)])
        sink.close()

    def open(self, url: str) -> AuditTable:
        self.opened.append(AuditTable(url))
        return self.opened[-1]

    @property
    def are_open(self) -> list[bool]:
        return [table._engine is not None for table in self.opened]

    def read(self, url: str, work: Any = lambda table: len(table.older(0, 9))) -> Any:
        found = self.reading.read(url, 9, work)
        self.clock.finish(found)
        return found

    def test_the_database_stays_open(self) -> None:
        for _ in range(3):
            self.assertEqual(self.successResultOf(self.read(self.urls[0])), 1)
        self.assertEqual(self.are_open, [True])
        self.assertEqual(self.successResultOf(self.read(self.urls[1])), 1)
        self.assertEqual(self.are_open, [False, True])
        self.reading.stop()
        self.assertEqual(self.are_open, [False, False])

    def test_it_is_opened_anew_after_an_error(self) -> None:
        def fail(table: AuditTable) -> None:
            table.older(0, 9)
            raise StoreUnavailable("it went away")

        self.failureResultOf(self.read(self.urls[0], fail), StoreUnavailable)
        self.assertEqual(self.are_open, [False])
        self.assertEqual(self.successResultOf(self.read(self.urls[0])), 1)
        self.assertEqual(self.are_open, [False, True])

    def test_another_file_in_its_place_is_opened(self) -> None:
        """As where the old one was moved away, or one was restored from its backup."""
        file, moved = (self.directory / name for name in ("a.sqlite", "moved.sqlite"))
        self.assertEqual(self.successResultOf(self.read(self.urls[0])), 1)
        file.rename(moved)
        self.assertEqual(self.successResultOf(self.read(self.urls[0])), 0)
        self.write(self.urls[0], 2)
        self.assertEqual(self.successResultOf(self.read(self.urls[0])), 2)
        moved.replace(file)
        self.assertEqual(self.successResultOf(self.read(self.urls[0])), 1)
        self.assertEqual(self.are_open.count(True), 1)

    def test_what_is_read_when_another_one_is_configured_is_closed(self) -> None:
        def read_the_other(table: AuditTable) -> int:
            self.reading._read(self.urls[1], lambda other: other.older(0, 9))
            return len(table.older(0, 9))

        self.assertEqual(self.successResultOf(self.read(self.urls[0], read_the_other)), 1)
        self.assertEqual(self.are_open, [False, True])
        self.assertEqual(self.successResultOf(self.read(self.urls[1])), 1)
        self.assertEqual(self.are_open, [False, True])

    def test_what_is_read_when_it_is_stopped_is_closed(self) -> None:
        def stop(table: AuditTable) -> int:
            self.reading.stop()
            return len(table.older(0, 9))

        self.assertEqual(self.successResultOf(self.read(self.urls[0], stop)), 1)
        self.assertEqual(self.are_open, [False])
