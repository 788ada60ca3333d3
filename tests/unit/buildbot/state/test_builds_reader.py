from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import BuildRow, BuildsReader, UseRow, UsesTable
from buildbot_keychain.details import Requester
from buildbot_keychain.uses import DENIED, Use
from tests.support.database_pool import DatabasePool


class BuildsReaderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.pool.add_builders("deploy", "7")
        self.pool.execute("ALTER TABLE builds ADD buildrequestid INTEGER")
        self.pool.execute("INSERT INTO builds VALUES (5, 33, 1, 50), (6, 33, 2, 60)")
        self.master = SimpleNamespace(db=SimpleNamespace(pool=self.pool))
        self.reader = BuildsReader(self.master)

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def test_by_id_and_by_number(self) -> None:
        deploy, seven = BuildRow(5, 33, 1, "deploy", 50), BuildRow(6, 33, 2, "7", 60)
        for key, expected in (
            (5, deploy),
            (("deploy", 33), deploy),
            ((1, 33), deploy),
            (("7", 33), seven),
            ((7, 33), None),
            (("1", 33), None),
            (("DEPLOY", 33), None),
            (("deploy", 34), None),
            (9, None),
        ):
            self.assertEqual(self.result(self.reader.find(key)), expected, key)

    def test_several_by_their_ids(self) -> None:
        found = self.result(self.reader.of_ids({5, 6, 9}))
        expected = {5: BuildRow(5, 33, 1, "deploy", 50), 6: BuildRow(6, 33, 2, "7", 60)}
        self.assertEqual(found, expected)

    def test_what_was_decided(self) -> None:
        self.assertEqual(self.result(self.reader.decided(5, 9)), [])
        asker = Requester("build", builder="deploy")
        uses = [Use("b", asker), Use("a", asker, DENIED, "why"), Use("other", asker)]
        rows = [
            UseRow(buildid, use.stored(), at, at)
            for use, at, buildid in zip(uses, (3, 2, 1), (5, 5, 6), strict=True)
        ]
        self.result(UsesTable(self.master).write(rows))
        found = self.result(self.reader.decided(5, 9))
        first = next((use.name, use.outcome, at) for use, at in found)
        self.assertEqual(first, ("a", DENIED, 2))
        self.assertEqual([use.name for use, _ in found], ["a", "b"])
        self.assertEqual(len(self.result(self.reader.decided(5, 1))), 1)
