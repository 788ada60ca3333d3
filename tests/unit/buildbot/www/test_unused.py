from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import UseRow, UsesTable
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.buildbot.www._unused import KEPT, MONTH, Unused
from buildbot_keychain.details import Requester
from buildbot_keychain.uses import Use
from tests.support.database_pool import DatabasePool

LISTS = {"files": NameList(("a", "b", "c", "d")), "vault": NameList(("a", "b"))}


class UnusedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool, self.clock = DatabasePool(), Clock()
        self.addCleanup(self.pool.engine.dispose)
        self.master: Any = SimpleNamespace(db=SimpleNamespace(pool=self.pool), reactor=self.clock)
        self.clock.advance(10 * MONTH)
        self.unused = Unused(self.master)

    def use(self, name: str, at: int) -> None:
        row = UseRow(None, Use(name, Requester("service", service="s")).stored(), at, at)
        self.successResultOf(Deferred.fromCoroutine(UsesTable(self.master).write([row])))

    def found(self) -> list[str]:
        found = self.successResultOf(Deferred.fromCoroutine(self.unused.of(LISTS)))
        return [secret.name for secret in found]

    def test_what_nobody_has_asked_for(self) -> None:
        for name in ("a", "files!b|user", "c@3"):
            self.use(name, 9 * MONTH)
        self.assertEqual(self.found(), ["files!d", "vault!b"])

    def test_nothing_is_said_before_there_is_a_record(self) -> None:
        self.assertEqual(self.found(), [])
        self.use("a", 10 * MONTH - 1)
        self.clock.advance(KEPT)
        self.assertEqual(self.found(), [])
        self.clock.advance(MONTH)
        self.assertEqual(len(self.found()), 4)

    def test_the_record_is_gone_through_once_in_a_while(self) -> None:
        self.use("a", 0)
        for _ in range(5):
            self.found()
        self.assertEqual(self.pool.uses, 2)
