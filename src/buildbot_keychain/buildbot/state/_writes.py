"""`Writes`: has what is written to several tables at once written in one transaction.

A transaction of its own for each takes the database, and a thread of the master, several times as
long. If one of them cannot be written, each is written by itself.

Rows that are in the way of new ones are removed only when the database says that there are some:
there hardly ever are, and to look for them takes a statement for each write.

What is counted is counted last: a database may have no transactions, as MySQL with the tables that
Buildbot chooses, and what fails then undoes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.state._table import DatabaseProblemError, Table, do_in_thread
from buildbot_keychain.lookups import Batches


class _Write(NamedTuple):
    tables: Sequence[Table]
    store: Callable[[Any], None] | None
    clear: Callable[[Any], None] | None
    add: Callable[[Any], None] | None


class Writes:
    """Writes to the database of `master`, which must be there at the first of them.

    :param soon: calls something when all that is to be written at once has been told; without it,
        only what comes during a transaction is written together.
    """

    def __init__(
        self,
        master: Any,
        soon: Callable[[Callable[[], None]], object] = lambda begin: begin(),
    ) -> None:
        self._master = master
        self._batches: Batches[None, _Write, Any] = Batches(self._do_together, soon=soon)

    async def do(
        self,
        tables: Sequence[Table],
        store: Callable[[Any], None] | None = None,
        clear: Callable[[Any], None] | None = None,
        add: Callable[[Any], None] | None = None,
    ) -> None:
        """Call these with a connection in a transaction, in a thread; create `tables` before.

        :param store: inserts rows. It may be called again after it has failed.
        :param clear: removes the rows that are in the way of those that `store` inserts. Called
            before `store` is called again, when a row could not be inserted as there is one.
        :param add: adds to what is there, or inserts it. Called when all others have stored.
        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        await self._batches.do(None, _Write(tables, store, clear, add))

    async def _do_together(self, _key: None, writes: Sequence[_Write]) -> Sequence[Any]:
        try:
            await self._do(writes)
        except DatabaseProblemError:
            if len(writes) == 1:
                raise
            return [await self._outcome_of(each) for each in writes]
        return [None] * len(writes)

    async def _outcome_of(self, write: _Write) -> Failure | None:
        try:
            await self._do([write])
        except DatabaseProblemError:
            return Failure()
        return None

    async def _do(self, writes: Sequence[_Write]) -> None:
        tables = [table for each in writes for table in each.tables]
        await do_in_thread(self._master, tables, partial(_store, tables, writes))


def _store(tables: Sequence[Table], writes: Sequence[_Write], connection: Any) -> None:
    for table in tables:
        table.create(connection)
    try:
        with _transaction(connection):
            _store_all(writes, connection)
    except sa.exc.IntegrityError:
        with _transaction(connection):
            for each in writes:
                if each.clear is not None:
                    each.clear(connection)
            _store_all(writes, connection)


def _store_all(writes: Sequence[_Write], connection: Any) -> None:
    for each in writes:
        if each.store is not None:
            each.store(connection)
    for each in writes:
        if each.add is not None:
            each.add(connection)


@contextmanager
def _transaction(connection: Any) -> Iterator[None]:
    """Do everything in a transaction, or nothing."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            # Python's driver begins one before the first change only, not before a savepoint, so
            # the end of that would store what is undone afterwards.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
