"""The matrix of a master: of its configuration, its providers and its database."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot.state import UseRow, UsesTable
from buildbot_keychain.buildbot.www._builders import BuildbotBuilders
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import StoreError
from buildbot_keychain.policy import Allow, Outcome
from buildbot_keychain.uses import Use
from buildbot_keychain.web import IBuilders
from buildbot_keychain.web.host_builders import Cell, Matrix, WantedCells
from buildbot_keychain.web.host_secrets import Listed
from tests.unit.buildbot.www.test_secrets import SecretsTestCase


class BuildersTests(SecretsTestCase):
    def setUp(self) -> None:
        super().setUp()
        known = self.secrets.names, self.secrets.tags, self.secrets.used
        self.builders = BuildbotBuilders(self.master, *known, self.secrets.thread)

    def use_policy(self, *rules: Allow) -> None:
        builders = self.master.config.builders
        super().use_policy(*rules)
        self.master.config.builders = builders

    def matrix(self, *, uses: bool = False) -> Matrix:
        wanted = WantedCells(lambda _secret: True, uses=uses)
        found: Matrix = self.result(self.builders.matrix(wanted))
        return found

    def write(self, name: str, builder: str, at: int) -> None:
        use = Use(name, Requester("build", builder=builder))
        writing = UsesTable(self.master).write([UseRow(None, use.stored(), at, at)])
        self.result(Deferred.fromCoroutine(writing))

    def test_they_are_what_pages_ask_for(self) -> None:
        verifyObject(IBuilders, self.builders)

    def test_what_is_allowed_and_was_used(self) -> None:
        rule = Allow("app", builders=["deploy"])
        self.use_policy(rule)
        self.write("own!app@3", "test", 5)
        self.assertEqual(
            dict(self.matrix().rows)[Listed("rich", "app")],
            (Cell(Outcome.ALLOWED, rule), Cell(Outcome.DENIED)),
        )
        self.assertEqual([secret.name for secret, _ in self.matrix().rows], RICH)
        rows = dict(self.matrix(uses=True).rows)
        self.assertEqual([secret.name for secret in rows], ["own!app", *RICH])
        self.assertEqual(
            rows[Listed("own", "app", is_canonical=False)],
            (Cell(Outcome.ALLOWED, rule), Cell(Outcome.DENIED, given=5)),
        )

    def test_a_database_that_fails(self) -> None:
        self.use_policy()
        self.write("app", "test", 5)
        self.matrix(uses=True)
        self.master.reactor.advance(100)
        self.master.db.pool.execute("DROP TABLE keychain_uses")
        wanted = WantedCells(lambda _secret: True, uses=True)
        failing: Any = self.builders.matrix(wanted)
        self.master.reactor.finish(failing)
        self.failureResultOf(failing, StoreError)


RICH = ["rich!app", "rich!other"]
