"""`GivenTable`: the names of the secrets that builds were given, in the master's own database.

The table ``keychain_given`` has a row for each name that a build was given: the build's id, the
row's number in that build, when that was (seconds since the epoch), and the name, as
`buildbot_keychain.given_names` stores it. No value of a secret is ever stored. The table is made
when it is first needed, and used through the master's own pool of connections. Buildbot knows
nothing of it; so it has no foreign key, and rows of builds that Buildbot has removed are removed
when a master starts.

A build belongs to one master, so masters that share a database never write the same rows. This is
the only module of the Buildbot host that knows SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from buildbot_keychain import given_names

_metadata = sa.MetaData()

_GIVEN = sa.Table(
    given_names.TABLE,
    _metadata,
    sa.Column("buildid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("given_at", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
)
_BUILDS = sa.table("builds", sa.column("id"))

_AT_ONCE = 500
"""Builds whose rows are removed by one statement; SQLite accepts 999 parameters."""


class DatabaseProblemError(Exception):
    """The database did not do what was asked; the text says why, without values or parameters."""


class GivenRow(NamedTuple):
    """One row: `number` counts from 0 for each build."""

    buildid: int
    number: int
    given_at: int
    name: str


class GivenTable:
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._master = master
        self._exists = False

    async def write(self, rows: Iterable[GivenRow]) -> None:
        """Store `rows`; whatever is stored of the same builds from their lowest number on goes.

        So rows may be written again, and rows of an earlier build that had the same id vanish.

        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        stored = [row._asdict() | {"name": given_names.stored(row.name)} for row in rows]
        first: dict[int, int] = {}
        for row in stored:
            first[row["buildid"]] = min(row["number"], first.get(row["buildid"], row["number"]))

        def write(connection: Any) -> None:
            self._create(connection)
            with connection.begin():
                for buildid, number in first.items():
                    of_build = _GIVEN.c.buildid == buildid
                    connection.execute(
                        _GIVEN.delete().where(of_build & (_GIVEN.c.number >= number))
                    )
                connection.execute(_GIVEN.insert(), stored)

        await self._do(write)

    async def names_of(self, buildid: int) -> list[str]:
        """Return the stored names that a build was given, in the order in which it was.

        :raise DatabaseProblemError: when they cannot be read.
        """

        def read(connection: Any) -> list[str]:
            if not self._is_there(connection):
                return []
            query = sa.select(_GIVEN.c.name).where(_GIVEN.c.buildid == buildid)
            with connection.begin():
                return [name for (name,) in connection.execute(query.order_by(_GIVEN.c.number))]

        return [given_names.read(name) for name in await self._do(read)]

    async def remove_missing_builds(self) -> None:
        """Remove the rows of builds that no longer exist.

        :raise DatabaseProblemError: when that cannot be done.
        """

        def remove(connection: Any) -> None:
            if not self._is_there(connection):
                return
            exists = sa.select(_BUILDS.c.id).where(_BUILDS.c.id == _GIVEN.c.buildid).exists()
            query = sa.select(_GIVEN.c.buildid).distinct().where(~exists)
            with connection.begin():
                missing = [buildid for (buildid,) in connection.execute(query)]
            for start in range(0, len(missing), _AT_ONCE):
                some = _GIVEN.c.buildid.in_(missing[start : start + _AT_ONCE])
                with connection.begin():
                    connection.execute(_GIVEN.delete().where(some))

        await self._do(remove)

    def _create(self, connection: Any) -> None:
        """Create the table unless it is there."""
        if self._exists:
            return
        try:
            with connection.begin():
                connection.execute(CreateTable(_GIVEN, if_not_exists=True))
        except sa.exc.DBAPIError:
            # PostgreSQL raises it when another master does the same at the same moment.
            if not self._is_there(connection):
                raise
        self._exists = True

    def _is_there(self, connection: Any) -> bool:
        if not self._exists:
            with connection.begin():
                self._exists = bool(sa.inspect(connection).has_table(_GIVEN.name))
        return self._exists

    async def _do(self, work: Callable[[Any], Any]) -> Any:
        """Return what `work` returns, which is called with a connection, in a thread."""

        def do(connection: Any) -> Any:
            try:
                return work(connection)
            except sa.exc.SQLAlchemyError as error:
                if isinstance(error, sa.exc.OperationalError) and _may_pass(connection, error):
                    raise  # the pool tries again
                self._exists = False  # who knows
                # The pool would log the traceback of anything else.
                return _problem(error)

        result = await self._master.db.pool.do(do)
        if isinstance(result, DatabaseProblemError):
            raise result
        return result


def _may_pass(connection: Any, error: Exception) -> bool:
    should_retry = getattr(connection.engine, "should_retry", None)
    return should_retry is not None and bool(should_retry(error))


def _problem(error: sa.exc.SQLAlchemyError) -> DatabaseProblemError:
    """Return `error` in the driver's own words, without the statement and its parameters."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [""]
    return DatabaseProblemError(f"{type(cause).__name__}: {lines[0]}")
