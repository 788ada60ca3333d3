"""How properties of buildsets were made, in the master's database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, ReferencesTable
from tests.support.database_pool import DatabasePool

KEY, OTHER = "a" * 32, "b" * 32
MADE = {"tok": {"secret": "clé", "provider": "files"}}


class ReferencesTableTests(SynchronousTestCase):
    """`ReferencesTable`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = self.another()

    def another(self) -> ReferencesTable:
        """Return the table as another master sees it."""
        return ReferencesTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def write(self, key: str, written_at: int = 1_000) -> None:
        self.run_coroutine(self.table.write(key, MADE, written_at))

    def read(self, key: str, bsid: int) -> Any:
        return self.run_coroutine(self.another().read(key, bsid))

    def test_a_row_belongs_to_its_buildset(self) -> None:
        self.write(KEY)
        self.write(OTHER)
        self.run_coroutine(self.table.bind(KEY, 7))
        self.run_coroutine(self.table.bind(KEY, 8))
        self.assertEqual((self.read(KEY, 7), self.read(KEY, 8)), (MADE, None))
        self.assertIsNone(self.read("c" * 32, 7))

    def test_a_row_that_was_not_bound(self) -> None:
        """Of a master that stopped at once: it belongs to whoever reads it first."""
        self.write(KEY)
        self.assertEqual(
            (self.read(KEY, 7), self.read(KEY, 8), self.read(KEY, 7)), (MADE, None, MADE)
        )

    def test_reading_does_not_make_the_table(self) -> None:
        self.assertIsNone(self.read(KEY, 7))
        self.run_coroutine(self.table.remove_missing_buildsets(1))
        query = "SELECT name FROM sqlite_master WHERE name LIKE 'keychain%'"
        self.assertEqual(self.pool.execute(query), [])

    def test_it_is_stored_in_ascii(self) -> None:
        self.write(KEY)
        ((stored,),) = self.pool.execute("SELECT properties FROM keychain_references")
        self.assertTrue(stored.isascii())

    def test_what_is_no_longer_needed_is_removed(self) -> None:
        self.pool.execute("CREATE TABLE buildsets (id INTEGER)")
        self.pool.execute("INSERT INTO buildsets VALUES (7)")
        for number in range(4):
            self.write(str(number), written_at=1_000 + number)
        self.run_coroutine(self.table.bind("0", 7))
        self.run_coroutine(self.table.bind("1", 8))
        self.run_coroutine(self.table.remove_missing_buildsets(1_003))
        kept = self.pool.execute("SELECT id FROM keychain_references ORDER BY id")
        self.assertEqual([key for (key,) in kept], ["0", "3"])

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_references (x INTEGER)")
        for doing in (
            self.table.write(KEY, MADE, 1),
            self.table.bind(KEY, 1),
            self.table.read(KEY, 1),
            self.table.remove_missing_buildsets(1),
        ):
            self.failureResultOf(Deferred.fromCoroutine(doing), DatabaseProblemError)
