"""`Table`: a table of ours in the master's own database.

It is made when something is first written to it, and used through the master's own pool of
connections. Buildbot knows nothing of it, so it has no foreign key; rows of what Buildbot has
removed are removed when a master starts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from buildbot_keychain.errors import StoreError, StoreUnavailable

_AT_ONCE = 500
"""Values in one condition; SQLite accepts 999 parameters."""


class DatabaseProblemError(Exception):
    """The database did not do what was asked; the text says why, without values or parameters.

    :param may_pass: whether the same may succeed later with nothing changed.
    """

    def __init__(self, message: str = "", *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass

    def of_table(self, table: str) -> StoreError:
        """Return the error of whoever needs a table, for its users."""
        kind = StoreUnavailable if self.may_pass else StoreError
        return kind(
            f"the table {table} of the master's database cannot be used ({self}); allow the master "
            "to create, read and write it"
        )


def _as_it_is(row: Any) -> Any:
    return row


class Table:
    """`table`, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any, table: sa.Table) -> None:
        self._master = master
        self._table = table
        self._exists = self._is_complete = False

    def create(self, connection: Any) -> None:
        """Create the table and its indexes unless they are there."""
        if self._is_complete:
            return
        try:
            with connection.begin():
                connection.execute(CreateTable(self._table, if_not_exists=True))
        except sa.exc.DBAPIError:
            # PostgreSQL raises it when another master does the same at the same moment.
            if not self.is_there(connection):
                raise
        self._create_indexes(connection)
        self._exists = self._is_complete = True

    def _create_indexes(self, connection: Any) -> None:
        """Create those that a table of an earlier version has not."""
        has_condition = connection.dialect.name != "mysql"
        for index in self._table.indexes:
            # It may be there, or the database has no such index: then pages take longer.
            with contextlib.suppress(sa.exc.DBAPIError), connection.begin():
                connection.execute(CreateIndex(index, if_not_exists=has_condition))

    def is_there(self, connection: Any) -> bool:
        """Return whether anybody has created the table."""
        if not self._exists:
            with connection.begin():
                self._exists = bool(sa.inspect(connection).has_table(self._table.name))
        return self._exists

    async def do(self, work: Callable[[Any], Any]) -> Any:
        """Return what `work` returns, which is called with a connection, in a thread.

        :raise DatabaseProblemError: when the database does not do what `work` asks.
        """
        return await do_in_thread(self._master, (self,), work)

    def doubt(self) -> None:
        """Look again whether the table is there, before it is used again."""
        self._exists = self._is_complete = False

    async def rows(
        self, query: Any, *also: Table, made: Callable[[Any], Any] = _as_it_is
    ) -> list[Any]:
        """Return what a query finds; nothing where this table is not there, or one of `also`.

        :param made: what is called with each row, in the thread.
        :raise DatabaseProblemError: when it cannot be read.
        """

        def read(connection: Any) -> list[Any]:
            if not all(table.is_there(connection) for table in (self, *also)):
                return []
            with connection.begin():
                found = connection.execute(query).all()
            return [made(row) for row in found]

        rows: list[Any] = await self.do(read)
        return rows

    async def remove_those(self, column: sa.Column[Any], query: sa.Select[Any]) -> None:
        """Remove the rows in which `column` has a value that `query` returns, not all at once.

        :raise DatabaseProblemError: when that cannot be done.
        """

        def remove(connection: Any) -> None:
            if not self.is_there(connection):
                return
            with connection.begin():
                values = [value for (value,) in connection.execute(query)]
            for some in conditions(column, values):
                with connection.begin():
                    connection.execute(self._table.delete().where(some))

        await self.do(remove)

    async def remove_without(self, column: sa.Column[Any], theirs: sa.ColumnClause[Any]) -> None:
        """Remove the rows in which `column` has a value that no row has in the column `theirs`.

        :raise DatabaseProblemError: when that cannot be done.
        """
        exists = sa.select(theirs).where(theirs == column).exists()
        await self.remove_those(column, sa.select(column).distinct().where(~exists))


async def do_in_thread(master: Any, tables: Sequence[Table], work: Callable[[Any], Any]) -> Any:
    """Return what `work` returns, which is called with a connection to use `tables`, in a thread.

    :raise DatabaseProblemError: when the database does not do what `work` asks.
    """

    def do(connection: Any) -> Any:
        try:
            return work(connection)
        except sa.exc.SQLAlchemyError as error:
            if isinstance(error, sa.exc.OperationalError) and _may_pass(connection, error):
                raise  # the pool tries again
            for table in tables:
                table.doubt()
            # The pool would log the traceback of anything else.
            return _problem(error)

    try:
        result = await master.db.pool.do(do)
    except sa.exc.SQLAlchemyError as error:  # the pool does not try it any longer
        result = _problem(error)
    if isinstance(result, DatabaseProblemError):
        raise result
    return result


def conditions(column: Any, values: Sequence[Any]) -> Iterator[Any]:
    """Yield conditions that a column has one of some values; all of them together are for all."""
    for start in range(0, len(values), _AT_ONCE):
        yield column.in_(values[start : start + _AT_ONCE])


def _may_pass(connection: Any, error: Exception) -> bool:
    should_retry = getattr(connection.engine, "should_retry", None)
    return should_retry is not None and bool(should_retry(error))


def _problem(error: sa.exc.SQLAlchemyError) -> DatabaseProblemError:
    """Return `error` in the driver's own words, without the statement and its parameters."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [""]
    # SQLite says that of everything; others not of what they would never do.
    may_pass = isinstance(error, (sa.exc.OperationalError, sa.exc.TimeoutError))
    return DatabaseProblemError(f"{type(cause).__name__}: {lines[0]}", may_pass=may_pass)
