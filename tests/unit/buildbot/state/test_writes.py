"""What several tables are told at once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import (
    DatabaseProblemError,
    GivenRow,
    GivenTable,
    PrintRow,
    PrintsTable,
    UseRow,
    UsesTable,
    Writes,
)
from buildbot_keychain.details import Requester
from buildbot_keychain.uses import Use
from tests.support.database_pool import DatabasePool

USE = UseRow(1, Use("token", Requester("unknown")).stored(), 100, 100)
GIVEN = GivenRow(1, 0, 100, "token")
PRINT = PrintRow(1, "token", "log", "shell", "stdio", 7, 100, 2)


class WritesTests(SynchronousTestCase):
    """`Writes`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        master = SimpleNamespace(db=SimpleNamespace(pool=self.pool))
        self.begin: list[Callable[[], None]] = []
        writes = Writes(master, self.begin.append)
        self.tables: list[Any] = [
            GivenTable(master, writes),
            UsesTable(master, writes),
            PrintsTable(master, writes),
        ]

    def write(self) -> list[Deferred[None]]:
        rows: list[Any] = [GIVEN, USE, PRINT]
        writing = [
            Deferred.fromCoroutine(table.write([row]))
            for table, row in zip(self.tables, rows, strict=True)
        ]
        self.begin.pop()()
        self.assertEqual(self.begin, [])
        return writing

    def counts(self) -> list[int]:
        names = ("keychain_given", "keychain_uses", "keychain_decisions", "keychain_prints")
        return [self.pool.execute(f"SELECT count(*) FROM {name}")[0][0] for name in names]

    def test_one_transaction(self) -> None:
        for number in (1, 2):
            for written in self.write():
                self.successResultOf(written)
            self.assertEqual(self.pool.uses, number)
        self.assertEqual(self.counts(), [1, 1, 1, 1])

    def test_rows_are_removed_only_where_they_are_in_the_way(self) -> None:
        removals: list[str] = []

        def executed(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
            if text.startswith("DELETE"):
                removals.append(text.split()[2])

        sa.event.listen(self.pool.engine, "before_cursor_execute", executed)
        for expected in ([], ["keychain_given", "keychain_decisions"]):
            for written in self.write():
                self.successResultOf(written)
            self.assertEqual(removals, expected)
        self.assertEqual(self.pool.execute("SELECT times FROM keychain_uses"), [(2,)])
        self.assertEqual(self.pool.execute("SELECT times FROM keychain_prints"), [(4,)])

    def test_one_that_fails_fails_alone(self) -> None:
        self.pool.execute("CREATE TABLE keychain_uses (something_else INTEGER)")
        given, uses, prints = self.write()
        self.failureResultOf(uses, DatabaseProblemError)
        self.successResultOf(given)
        self.successResultOf(prints)
        self.pool.execute("DROP TABLE keychain_uses")
        for written in self.write():
            self.successResultOf(written)
        self.assertEqual(self.counts(), [1, 1, 1, 1])
        self.assertEqual(self.pool.execute("SELECT times FROM keychain_prints"), [(4,)])

    def test_uses_count_once_when_another_row_is_in_the_way(self) -> None:
        self.successResultOf(self.write_uses_before(self.tables[0], GIVEN))
        self.assertEqual(self.times(), [(1,)])
        self.pool.execute("DELETE FROM keychain_uses")
        self.successResultOf(self.write_uses_before(self.tables[0], GIVEN))
        self.assertEqual(self.times(), [(1,)])

    def test_uses_count_once_when_others_cannot_be_stored_at_all(self) -> None:
        for table, name, row in (
            (self.tables[0], "keychain_given", GIVEN),
            (self.tables[2], "keychain_prints", PRINT),
        ):
            columns = "buildid INTEGER, number INTEGER, given_at INTEGER, name TEXT"
            self.pool.execute(f"CREATE TABLE {name} ({columns}, missing TEXT NOT NULL)")
            for number in (1, 2):
                self.failureResultOf(self.write_uses_before(table, row), DatabaseProblemError)
                self.assertEqual(self.times(), [(number,)])
            self.pool.execute("DELETE FROM keychain_uses")

    def write_uses_before(self, table: Any, row: Any) -> Deferred[None]:
        """Write a use of no build, and then, with it, a row to a table."""
        use = self.tables[1].write([USE._replace(buildid=None)])
        used, written = map(Deferred.fromCoroutine, (use, table.write([row])))
        self.begin.pop()()
        self.successResultOf(used)
        return written

    def times(self) -> list[tuple[int]]:
        return self.pool.execute("SELECT times FROM keychain_uses")
