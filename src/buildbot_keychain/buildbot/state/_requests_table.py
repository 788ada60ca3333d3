"""`RequestsTable`: who has asked for which builds, in the master's own database.

The table ``keychain_requests`` has a row for each buildset: its number, the scheduler that made it,
the person who asked for it, whether that was in a form or a chat, and whether it brings code of its
own, as ``buildbot try`` does, or was from outside. Buildbot keeps the first two in properties,
which others can choose. Texts are stored in ASCII, as those of `given_names` are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain import given_names
from buildbot_keychain.buildbot.state._table import Table, conditions
from buildbot_keychain.buildbot.state._writes import Writes

_REQUESTS = sa.Table(
    "keychain_requests",
    sa.MetaData(),
    sa.Column("buildsetid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("scheduler", sa.Text, nullable=True),
    sa.Column("owner", sa.Text, nullable=True),
    sa.Column("forced", sa.Integer, nullable=False),
    sa.Column("outside", sa.Integer, nullable=False),
)
_BUILDSETS = sa.table("buildsets", sa.column("id"), sa.column("parent_buildid"))
_STAMPS = sa.table("buildset_sourcestamps", sa.column("buildsetid"), sa.column("sourcestampid"))
_REVISIONS = sa.table("sourcestamps", *map(sa.column, ("id", "revision", "patchid")))
_NO_PATCH = _REVISIONS.c.patchid.is_(None)


class RequestRow(NamedTuple):
    """How a buildset came about; what is unknown is ``None``."""

    scheduler: str | None = None
    owner: str | None = None
    forced: bool = False
    outside: bool = False


class BuiltBefore(NamedTuple):
    """What asked for builds of some source stamps.

    :param parents: the builds that triggered them.
    :param outside: whether a request brought code of its own, or was from outside.
    """

    parents: frozenset[int]
    outside: bool


_PARENTS = (
    sa.select(_BUILDSETS.c.parent_buildid)
    .select_from(_STAMPS.join(_BUILDSETS, _BUILDSETS.c.id == _STAMPS.c.buildsetid))
    .where(_BUILDSETS.c.parent_buildid.is_not(None))
    .distinct()
)
_OUTSIDE = (
    sa.select(_REQUESTS.c.buildsetid)
    .select_from(_STAMPS.join(_REQUESTS, _REQUESTS.c.buildsetid == _STAMPS.c.buildsetid))
    .where(_REQUESTS.c.outside != 0)
)
_FORCED = (
    sa.select(_STAMPS.c.sourcestampid)
    .select_from(
        _STAMPS.join(_REQUESTS, _REQUESTS.c.buildsetid == _STAMPS.c.buildsetid).join(
            _BUILDSETS, _BUILDSETS.c.id == _STAMPS.c.buildsetid
        )
    )
    .where((_REQUESTS.c.forced != 0) & _BUILDSETS.c.parent_buildid.is_(None))
)


class RequestsTable:
    """The table, in the database of `master`, which must be there at the first call.

    :param writes: writes to it, and to others of that master.
    """

    def __init__(self, master: Any, writes: Writes | None = None) -> None:
        self._table = Table(master, _REQUESTS)
        self._writes = writes or Writes(master)

    async def write(self, bsid: int, row: RequestRow) -> None:
        """Store the row of a buildset; it replaces that of an earlier one of the same number.

        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        stored = {
            "buildsetid": bsid,
            "scheduler": row.scheduler and given_names.stored(row.scheduler),
            "owner": row.owner and given_names.stored(row.owner),
            "forced": int(row.forced),
            "outside": int(row.outside),
        }

        await self._writes.do(
            [self._table],
            lambda connection: connection.execute(_REQUESTS.insert(), [stored]),
            clear=lambda connection: connection.execute(
                _REQUESTS.delete().where(_REQUESTS.c.buildsetid == bsid)
            ),
        )

    async def read(self, bsids: Collection[int]) -> dict[int, RequestRow]:
        """Return the rows of buildsets by their numbers, of those that have one.

        :raise DatabaseProblemError: when they cannot be read.
        """

        def read(connection: Any) -> dict[int, RequestRow]:
            found: dict[int, RequestRow] = {}
            if not self._table.is_there(connection):
                return found
            with connection.begin():
                for some in conditions(_REQUESTS.c.buildsetid, sorted(bsids)):
                    for bsid, *facts in connection.execute(sa.select(_REQUESTS).where(some)):
                        scheduler, owner = (text and given_names.read(text) for text in facts[:2])
                        forced, outside = map(bool, facts[2:])
                        found[bsid] = RequestRow(scheduler, owner, forced, outside)
            return found

        rows: dict[int, RequestRow] = await self._table.do(read)
        return rows

    async def built_before(
        self, ssids: Collection[int], revision: str | None = None
    ) -> BuiltBefore:
        """Return what asked for builds of source stamps, which may have several buildsets each.

        :param revision: all source stamps that have it, and no patch, are meant as well.
        :raise DatabaseProblemError: when that cannot be read.
        """

        def read(connection: Any) -> BuiltBefore:
            parents: set[int] = set()
            outside = False
            is_there = self._table.is_there(connection)
            with connection.begin():
                meant = set(ssids)
                if revision is not None:
                    of_revision = _REVISIONS.c.revision == revision
                    query = sa.select(_REVISIONS.c.id).where(of_revision, _NO_PATCH)
                    meant.update(ssid for (ssid,) in connection.execute(query))
                for some in conditions(_STAMPS.c.sourcestampid, sorted(meant)):
                    found = connection.execute(_PARENTS.where(some))
                    parents.update(parent for (parent,) in found)
                    if is_there:
                        found = connection.execute(_OUTSIDE.where(some).limit(1))
                        outside = outside or found.first() is not None
            return BuiltBefore(frozenset(parents), outside)

        built: BuiltBefore = await self._table.do(read)
        return built

    async def asked_by_people(self, ssids: Collection[int]) -> set[int]:
        """Return those of some source stamps of which a person has asked for a build.

        :raise DatabaseProblemError: when that cannot be read.
        """

        def read(connection: Any) -> set[int]:
            found: set[int] = set()
            if self._table.is_there(connection):
                with connection.begin():
                    for some in conditions(_STAMPS.c.sourcestampid, sorted(ssids)):
                        found.update(ssid for (ssid,) in connection.execute(_FORCED.where(some)))
            return found

        asked: set[int] = await self._table.do(read)
        return asked

    async def remove_missing(self) -> None:
        """Remove the rows of buildsets that there are no more.

        :raise DatabaseProblemError: when that cannot be done.
        """
        await self._table.remove_without(_REQUESTS.c.buildsetid, _BUILDSETS.c.id)
