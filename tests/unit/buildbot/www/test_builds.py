"""What a build of a master had: from its database, whatever the master remembers."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot.state import (
    GivenRow,
    GivenTable,
    PrintRow,
    PrintsTable,
    UseRow,
    UsesTable,
)
from buildbot_keychain.buildbot.www import _builds as module
from buildbot_keychain.buildbot.www._builds import BuildbotBuilds
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import StoreError
from buildbot_keychain.uses import ALLOWED, DENIED, NEEDS_APPROVAL, Use
from buildbot_keychain.web import IBuilds
from buildbot_keychain.web.host_builds import BuildFacts, BuildRecord, Decided, HiddenIn
from buildbot_keychain.web.host_secrets import Listed
from tests.unit.buildbot.www.test_secrets import SecretsTestCase

OWN, RICH = Listed("own", "app", is_canonical=False), Listed("rich", "app")


class BuildsTests(SecretsTestCase):
    def setUp(self) -> None:
        super().setUp()
        pool = self.master.db.pool
        pool.add_builders("deploy")
        pool.execute("ALTER TABLE builds ADD buildrequestid INTEGER")
        pool.execute("INSERT INTO builds VALUES (5, 33, 1, 50)")
        self.builds = BuildbotBuilds(self.master)

    def record(self) -> BuildRecord | None:
        found: BuildRecord | None = self.result(self.builds.record(5))
        return found

    def write(self, name: str, outcome: str, at: int) -> None:
        use = Use(name, Requester("build", builder="deploy"), outcome, "why")
        row = UseRow(5, use.stored(), at, at)
        self.result(Deferred.fromCoroutine(UsesTable(self.master).write([row])))

    def test_they_are_what_pages_ask_for(self) -> None:
        verifyObject(IBuilds, self.builds)

    def test_a_build_that_had_nothing(self) -> None:
        facts = BuildFacts(5, "deploy", 33, "#/builders/1/builds/33")
        self.assertEqual(self.record(), BuildRecord(facts))
        self.assertIsNone(self.result(self.builds.record(6)))

    def test_what_it_had(self) -> None:
        self.write("app|user", NEEDS_APPROVAL, 1)
        self.write("app|user", ALLOWED, 2)
        self.write("rich!APP", DENIED, 3)
        self.write("gone!app", DENIED, 4)
        given = [GivenRow(5, number, 1, name) for number, name in enumerate(("app|user", "old"))]
        self.result(Deferred.fromCoroutine(GivenTable(self.master).write(given)))
        row = PrintRow(5, "rich!app", "log", "shell", "stdio", 7, 100, 2)
        self.result(Deferred.fromCoroutine(PrintsTable(self.master).write([row])))
        record: Any = self.record()
        old = Decided("old", (Listed("own", "old", is_canonical=False), Listed("rich", "old")))
        app = Decided("app|user", (OWN, RICH), 2, ALLOWED, "why")
        self.assertEqual(record.given, (app, old))
        self.assertEqual(
            record.refused,
            (
                Decided("rich!APP", (RICH,), 3, DENIED, "why"),
                Decided("gone!app", (), 4, DENIED, "why"),
            ),
        )
        hidden = HiddenIn("rich!app", (RICH,), "log", "shell", "stdio", 7, 2, 100)
        self.assertEqual(record.hidden, (hidden,))

    def test_of_many_names_only_those_shown_are_looked_at(self) -> None:
        given = [GivenRow(5, number, 1, f"{number}") for number in range(9)]
        self.result(Deferred.fromCoroutine(GivenTable(self.master).write(given)))
        self.patch(module, "MOST", 2)
        with patch.object(BuildbotBuilds, "_called", autospec=True, return_value=()) as called:
            record: Any = self.record()
        self.assertEqual(record.given, (Decided("0", ()), Decided("1", ())))
        self.assertEqual(called.call_count, 2)

    def test_a_database_that_fails(self) -> None:
        self.master.db.pool.execute("DROP TABLE builders")
        failing: Any = self.builds.record(5)
        self.master.reactor.finish(failing)
        self.failureResultOf(failing, StoreError)
