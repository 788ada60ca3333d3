"""What builds were given, on its way into the database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import _given_record
from buildbot_keychain.buildbot.builds._given_record import GivenRecord
from buildbot_keychain.buildbot.state import GivenTable
from tests.support.builds import FakeBuild
from tests.support.database_pool import DatabasePool


class GivenRecordTests(SynchronousTestCase):
    """`GivenRecord`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.now = 100
        table = GivenTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))
        self.record = GivenRecord(table, lambda: self.now)
        self.build = FakeBuild()
        self.events: list[Any] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def stored(self) -> list[Any]:
        query = "SELECT buildid, number, given_at, name FROM keychain_given ORDER BY 1, 2"
        return self.pool.execute(query)

    def logged(self) -> list[str]:
        texts = map(eventAsText, self.events)
        return [text for text in texts if "keychain_given" in text]

    def test_it_is_written_at_once(self) -> None:
        self.record.add(self.build, 0, "token")
        self.assertEqual(self.stored(), [(17, 0, 100, "token")])

    def test_what_comes_during_a_write_is_written_together(self) -> None:
        waiting: Deferred[None] = Deferred()
        self.pool.wait = waiting
        for number in range(100):
            self.record.add(self.build, number, f"name-{number}")
        done = self.record.flush()
        self.assertNoResult(done)
        waiting.callback(None)
        self.successResultOf(done)
        self.assertEqual(len(self.stored()), 100)
        self.assertEqual(self.pool.uses, 2)

    def test_a_build_that_has_no_id_yet(self) -> None:
        self.build.buildid = None
        self.record.add(self.build, 0, "token")
        self.assertEqual(self.pool.uses, 0)
        self.build.buildid, self.now = 5, 200
        self.successResultOf(self.record.flush())
        self.assertEqual(self.stored(), [(5, 0, 100, "token")])

    def test_a_failure_is_logged_once_and_made_good(self) -> None:
        self.pool.execute("CREATE TABLE keychain_given (something_else INTEGER)")
        for number, name in enumerate(("a", "b")):
            self.record.add(self.build, number, name)
        self.successResultOf(self.record.flush())
        (text,) = self.logged()
        self.assertIn("cannot be recorded", text)
        self.assertIn("allow the master to create, read and write that table", text)
        self.pool.execute("DROP TABLE keychain_given")
        self.record.add(self.build, 2, "c")
        self.assertEqual([name for *_, name in self.stored()], ["a", "b", "c"])
        self.pool.execute("ALTER TABLE keychain_given RENAME TO away")
        self.record.add(self.build, 3, "d")
        self.assertEqual(len(self.logged()), 2)

    def test_a_pool_that_is_not_there(self) -> None:
        record = GivenRecord(GivenTable(SimpleNamespace()), lambda: 0)
        record.add(self.build, 0, "token")
        self.successResultOf(record.clean_up())
        (text,) = self.logged()
        self.assertIn("AttributeError", text)

    def test_what_waits_is_bounded(self) -> None:
        self.build.buildid = None
        for number in range(_given_record.MOST + 5):
            self.record.add(self.build, number, "name")
        self.build.buildid = 1
        self.successResultOf(self.record.flush())
        self.assertEqual(len(self.stored()), _given_record.MOST)
