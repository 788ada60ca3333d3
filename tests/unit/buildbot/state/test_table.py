"""What every table of ours in the master's database does alike."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError
from buildbot_keychain.buildbot.state._table import Table
from tests.support.database_pool import DatabasePool

COLORS = sa.Table("keychain_colors", sa.MetaData(), sa.Column("name", sa.String(20)))


class TableTests(SynchronousTestCase):
    """`Table`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table = self.another()

    def another(self) -> Table:
        """Return the table as another master sees it."""
        return Table(SimpleNamespace(db=SimpleNamespace(pool=self.pool)), COLORS)

    def insert(self, table: Table, name: str) -> Deferred[Any]:
        def work(connection: Any) -> None:
            table.create(connection)
            with connection.begin():
                connection.execute(COLORS.insert().values(name=name))

        return Deferred.fromCoroutine(table.do(work))

    def is_there(self, table: Table) -> bool:
        return bool(self.successResultOf(Deferred.fromCoroutine(table.do(table.is_there))))

    def rows(self) -> list[Any]:
        return self.pool.execute("SELECT name FROM keychain_colors")

    def test_it_is_made_when_it_is_first_written_to(self) -> None:
        self.assertFalse(self.is_there(self.table))
        self.successResultOf(self.insert(self.table, "red"))
        self.assertTrue(self.is_there(self.another()))

    def test_another_master_has_made_it(self) -> None:
        self.successResultOf(self.insert(self.another(), "red"))
        self.successResultOf(self.insert(self.table, "blue"))
        self.assertEqual(self.rows(), [("red",), ("blue",)])

    def test_a_table_of_an_earlier_version_gets_its_index(self) -> None:
        """Two masters make it at the same moment, and whoever only reads makes none."""
        self.successResultOf(self.insert(self.table, "red"))
        indexed = sa.Table(COLORS.name, sa.MetaData(), sa.Column("name", sa.String(20)))
        sa.Index("keychain_colors_by_name", indexed.c.name)
        master = SimpleNamespace(db=SimpleNamespace(pool=self.pool))
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index'"
        tables = [Table(master, indexed) for _ in range(2)]
        self.assertTrue(self.is_there(tables[0]))
        self.assertEqual(self.pool.execute(indexes), [])
        for table in tables:
            self.successResultOf(self.insert(table, "blue"))
        self.assertEqual(self.pool.execute(indexes), [("keychain_colors_by_name",)])

    def test_a_table_that_was_removed_is_made_again(self) -> None:
        """The write that finds it missing fails; the next one makes it."""
        self.successResultOf(self.insert(self.table, "red"))
        self.pool.execute("DROP TABLE keychain_colors")
        self.failureResultOf(self.insert(self.table, "blue"), DatabaseProblemError)
        self.successResultOf(self.insert(self.table, "green"))
        self.assertEqual(self.rows(), [("green",)])

    def test_a_database_that_refuses(self) -> None:
        """The reason is the driver's, without what was to be written."""
        self.pool.execute("CREATE TABLE keychain_colors (something_else INTEGER)")
        problem = self.failureResultOf(self.insert(self.table, "the-name"), DatabaseProblemError)
        self.assertIn("OperationalError: table keychain_colors has no column", str(problem.value))
        self.assertNotIn("the-name", str(problem.value))

    def test_what_may_pass_is_left_to_the_pool(self) -> None:
        """Which tries it again, for a while."""
        tried: list[Any] = []

        def note(failure: Failure) -> Failure:
            tried.append(failure.type)
            return failure

        def do(work: Any) -> Any:
            return DatabasePool.do(self.pool, work).addErrback(note)

        self.pool.do = do  # type: ignore[method-assign]
        self.pool.execute("CREATE TABLE keychain_colors (something_else INTEGER)")
        self.pool.engine.should_retry = lambda _error: True  # type: ignore[attr-defined]
        problem = self.failureResultOf(self.insert(self.table, "the-name"), DatabaseProblemError)
        self.assertEqual(tried, [sa.exc.OperationalError])
        self.assertTrue(problem.value.may_pass)
        self.assertNotIn("the-name", str(problem.value))
