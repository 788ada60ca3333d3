"""`GivenTable`: the names of the secrets that builds were given, in the master's own database.

The table ``keychain_given`` has a row for each name that a build was given: the build's id, the
row's number in that build, when that was (seconds since the epoch), and the name, as
`buildbot_keychain.given_names` stores it. No value of a secret is ever stored.

A build belongs to one master, so masters that share a database never write the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain import given_names
from buildbot_keychain.buildbot.state._table import Table
from buildbot_keychain.buildbot.state._writes import Writes

_metadata = sa.MetaData()

_GIVEN = sa.Table(
    given_names.TABLE,
    _metadata,
    sa.Column("buildid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("given_at", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
)
_FORGET = _GIVEN.delete().where(
    _GIVEN.c.buildid == sa.bindparam("of_build"), _GIVEN.c.number >= sa.bindparam("first")
)
_BUILDS = sa.table("builds", sa.column("id"))


class GivenRow(NamedTuple):
    """One row: `number` counts from 0 for each build."""

    buildid: int
    number: int
    given_at: int
    name: str


class GivenTable:
    """The table, in the database of `master`, which must be there at the first call.

    :param writes: writes to it, and to others of that master.
    """

    def __init__(self, master: Any, writes: Writes | None = None) -> None:
        self._table = Table(master, _GIVEN)
        self._writes = writes or Writes(master)

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
            connection.execute(_GIVEN.insert(), stored)

        def clear(connection: Any) -> None:
            forgotten = [{"of_build": each, "first": number} for each, number in first.items()]
            connection.execute(_FORGET, forgotten)

        # Rows of an earlier build begin at 0, too, so they are in the way of the first new one.
        await self._writes.do([self._table], write, clear)

    async def names_of(self, buildid: int) -> list[str]:
        """Return the stored names that a build was given, in the order in which it was.

        :raise DatabaseProblemError: when they cannot be read.
        """
        query = sa.select(_GIVEN.c.name).where(_GIVEN.c.buildid == buildid)
        rows = await self._table.rows(query.order_by(_GIVEN.c.number))
        return [given_names.read(name) for (name,) in rows]

    async def remove_missing_builds(self) -> None:
        """Remove the rows of builds that no longer exist.

        :raise DatabaseProblemError: when that cannot be done.
        """
        await self._table.remove_without(_GIVEN.c.buildid, _BUILDS.c.id)
