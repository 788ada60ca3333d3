from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.bearer_tokens import TokenRow
from buildbot_keychain.buildbot.state import TokensTable
from tests.support.database_pool import DatabasePool


class TokensTableTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = TokensTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def insert(self, number: str, expires_at: int) -> None:
        self.pool.execute(
            "INSERT INTO keychain_tokens VALUES "
            f"('{number}', 'd', 'ren\\xe9', 'a b', '', 1, {expires_at})"
        )

    def find(self, number: str) -> TokenRow | None:
        found: TokenRow | None = self.run_coroutine(self.table.find(number))
        return found

    def test_there_is_none_before_there_is_a_table(self) -> None:
        self.assertIsNone(self.find("1"))

    def test_it_is_found_until_it_has_ended(self) -> None:
        self.run_coroutine(self.table.prepare(100))
        self.insert("1", 200)
        self.insert("2", 300)
        expected = TokenRow("1", "d", "ren\xe9", frozenset("ab"), "", 1, 200)
        self.assertEqual(self.find("1"), expected)
        self.assertIsNone(self.find("3"))
        self.run_coroutine(self.table.prepare(250))
        self.assertIsNone(self.find("1"))
        self.assertIsNotNone(self.find("2"))
