"""The names that builds were given, in the master's database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, GivenRow, GivenTable
from tests.support.database_pool import DatabasePool


class GivenTableTests(SynchronousTestCase):
    """`GivenTable`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = self.another()

    def another(self) -> GivenTable:
        """Return the table as another process sees it."""
        return GivenTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def write(self, *rows: tuple[int, int, str]) -> None:
        given = [GivenRow(buildid, number, 1_000, name) for buildid, number, name in rows]
        self.run_coroutine(self.table.write(given))

    def names(self, buildid: int) -> list[str]:
        names: list[str] = self.run_coroutine(self.another().names_of(buildid))
        return names

    def tables(self) -> list[Any]:
        return self.pool.execute("SELECT name FROM sqlite_master WHERE name LIKE 'keychain%'")

    def test_names_are_kept_by_build(self) -> None:
        self.write((1, 0, "token"), (2, 0, "other"), (1, 1, "key"))
        self.write((1, 2, "vault!team/app|password"))
        self.assertEqual(self.names(1), ["token", "key", "vault!team/app|password"])
        self.assertEqual((self.names(2), self.names(3)), (["other"], []))

    def test_reading_does_not_make_the_table(self) -> None:
        self.assertEqual(self.names(1), [])
        self.run_coroutine(self.table.remove_missing_builds())
        self.assertEqual(self.tables(), [])

    def test_any_name(self) -> None:
        """In any database, whatever its character set: all are stored in ASCII."""
        names = ["é", "\U0001f511", "a\x00b", "\ud800", "back\\slash", "new\nline", "x" * 1_000]
        self.write(*((1, number, name) for number, name in enumerate(names)))
        self.assertEqual(self.names(1), names)
        for (stored,) in self.pool.execute("SELECT name FROM keychain_given"):
            self.assertTrue(stored.isascii())

    def test_what_it_looks_like(self) -> None:
        """For those who read it without this class."""
        self.write((7, 0, "deploy/token"))
        rows = self.pool.execute("SELECT buildid, number, given_at, name FROM keychain_given")
        self.assertEqual(rows, [(7, 0, 1_000, "deploy/token")])

    def test_rows_can_be_written_again(self) -> None:
        self.write((1, 0, "a"), (1, 1, "b"))
        self.write((1, 1, "b"), (1, 2, "c"))
        self.assertEqual(self.names(1), ["a", "b", "c"])

    def test_an_earlier_build_with_the_same_id(self) -> None:
        """SQLite gives the id of the last build again when that was removed."""
        self.write((1, 0, "old"), (1, 1, "older"))
        self.write((1, 0, "new"))
        self.assertEqual(self.names(1), ["new"])

    def test_builds_that_no_longer_exist(self) -> None:
        self.write((1, 0, "a"), (20, 0, "b"), *((number, 0, "c") for number in range(21, 1_100)))
        self.run_coroutine(self.another().remove_missing_builds())
        self.assertEqual(self.pool.execute("SELECT buildid FROM keychain_given"), [(1,), (20,)])

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_given (something_else INTEGER)")
        for doing in (self.table.write([GivenRow(1, 0, 1_000, "a")]), self.table.names_of(1)):
            self.failureResultOf(Deferred.fromCoroutine(doing), DatabaseProblemError)
