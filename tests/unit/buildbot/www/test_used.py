from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, UseRow, UsesTable
from buildbot_keychain.buildbot.www import _used as module
from buildbot_keychain.buildbot.www._used import KEPT, KEPT_WHOLE, LATE, Used, UsedSecrets
from buildbot_keychain.details import Requester
from buildbot_keychain.uses import ALLOWED, DENIED, Use
from tests.support.database_pool import DatabasePool


class UsedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool, self.clock = DatabasePool(), Clock()
        self.addCleanup(self.pool.engine.dispose)
        master = SimpleNamespace(db=SimpleNamespace(pool=self.pool), reactor=self.clock)
        self.table = UsesTable(master)
        self.used = UsedSecrets(master)

    def result(self, work: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(work))

    def write(self, name: str, builder: str, at: int, outcome: str = ALLOWED) -> None:
        use = Use(name, Requester("build", builder=builder), outcome)
        self.result(self.table.write([UseRow(None, use.stored(), at, at)]))

    def current(self) -> Used:
        found: Used = self.result(self.used.current())
        return found

    def test_nothing_was_ever_recorded(self) -> None:
        self.assertEqual(self.current(), Used())

    def test_what_is_new_is_added(self) -> None:
        self.patch(module, "AT_ONCE", 3)
        for number in range(10):
            self.write(f"s{number}", "deploy", 100 * number)
        self.assertEqual(self.current().of("deploy")["s7"], (700, None))
        self.assertEqual(len(self.current().names()), 10)
        self.write("s7", "deploy", 2000, DENIED)
        before = self.pool.uses
        self.assertEqual(self.current().of("deploy")["s7"], (700, None))
        self.assertEqual(self.pool.uses, before)
        self.clock.advance(KEPT)
        self.assertEqual(self.current().of("deploy")["s7"], (700, 2000))
        self.assertEqual(self.pool.uses, before + 1)
        for number in range(10):
            self.write(f"t{number}", "deploy", 2000)
        self.clock.advance(KEPT)
        self.assertEqual(len(self.current().names()), 20)

    def test_the_first_page_after_a_start_has_what_was_given_meanwhile(self) -> None:
        self.write("before", "deploy", 1000)
        self.successResultOf(self.used.prepare())
        self.write("since", "deploy", 1001)
        self.assertEqual(set(self.current().of("deploy")), {"before", "since"})

    def test_what_another_master_writes_late_is_added(self) -> None:
        self.write("soon", "deploy", 1000)
        self.current()
        self.write("late", "deploy", 1000 - LATE)
        self.clock.advance(KEPT)
        self.assertEqual(self.current().of("deploy")["late"], (1000 - LATE, None))

    def test_what_another_master_writes_after_an_outage_is_added_within_minutes(self) -> None:
        self.write("soon", "deploy", 10_000)
        self.current()
        self.write("late", "deploy", 10_000 - 30 * LATE)
        self.clock.advance(600)
        self.current()
        self.assertIn("late", self.current().of("deploy"))

    def test_what_is_old_goes(self) -> None:
        self.write("old", "deploy", 1)
        self.write("new", "deploy", 2)
        self.current()
        self.pool.execute("DELETE FROM keychain_uses WHERE last_at = 1")
        self.clock.advance(KEPT_WHOLE)
        self.assertEqual(self.current().names(), ["new"])

    def test_no_more_than_so_many(self) -> None:
        self.patch(module, "MOST", 2)
        for number in range(3):
            self.write(f"s{number}", "deploy", number)
        self.assertEqual((len(self.current().names()), self.current().is_complete), (2, False))

    def test_what_nobody_can_read(self) -> None:
        self.write("app", "deploy", 1)
        self.pool.execute("UPDATE keychain_uses SET content = '{}'")
        self.assertEqual(self.current().names(), [])
        self.clock.advance(KEPT)
        self.pool.execute("DROP TABLE keychain_uses")
        failed = Deferred.fromCoroutine(self.used.current())
        self.failureResultOf(failed, DatabaseProblemError)
