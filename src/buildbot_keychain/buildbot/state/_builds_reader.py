"""`BuildsReader`: reads what builds had of secrets, for pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._table import Table
from buildbot_keychain.buildbot.state._uses_table import DECISIONS, USES
from buildbot_keychain.uses import Use

_BUILDS = sa.table("builds", *map(sa.column, ("id", "number", "builderid", "buildrequestid")))
_BUILDERS = sa.table("builders", *map(sa.column, ("id", "name")))
_BUILD = sa.select(
    _BUILDS.c.id, _BUILDS.c.number, _BUILDS.c.builderid, _BUILDERS.c.name, _BUILDS.c.buildrequestid
).select_from(_BUILDS.join(_BUILDERS, _BUILDERS.c.id == _BUILDS.c.builderid))

BuildKey = int | tuple[str | int, int]
"""A build by its id, or by its builder (its name or id) and its number there."""


class BuildRow(NamedTuple):
    """A build, as Buildbot has it."""

    id: int
    number: int
    builderid: int
    builder: str
    buildrequestid: int


class BuildsReader:
    """Reads the database of `master`, which must be there at the first call.

    Each method is one query, and fails with a `DatabaseProblemError` where that cannot be answered.
    """

    def __init__(self, master: Any) -> None:
        self._uses = Table(master, USES)
        self._decisions = Table(master, DECISIONS)

    async def find(self, key: BuildKey) -> BuildRow | None:
        """Return a build; ``None`` if there is no such build."""
        builds, builders = _BUILDS, _BUILDERS
        if isinstance(key, int):
            where = builds.c.id == key
        else:
            builder, number = key
            column = builders.c.name if isinstance(builder, str) else builders.c.id
            where = (column == builder) & (builds.c.number == number)
        query = _BUILD.where(where)

        def read(connection: Any) -> BuildRow | None:
            with connection.begin():
                rows = connection.execute(query).all()
            return next((row for row in map(BuildRow._make, rows) if _is(row, key)), None)

        found: BuildRow | None = await self._uses.do(read)
        return found

    async def of_ids(self, ids: Collection[int]) -> dict[int, BuildRow]:
        """Return builds by their ids, which are few; those that there are."""
        query = _BUILD.where(_BUILDS.c.id.in_(ids))

        def read(connection: Any) -> dict[int, BuildRow]:
            with connection.begin():
                rows = connection.execute(query).all()
            return {row.id: row for row in map(BuildRow._make, rows)}

        found: dict[int, BuildRow] = await self._uses.do(read)
        return found

    async def decided(self, buildid: int, limit: int) -> list[tuple[Use, int]]:
        """Return what was first decided on a build, each with the time, in seconds."""
        joined = DECISIONS.join(USES, USES.c.id == DECISIONS.c.use_id)
        query = sa.select(USES.c.content, DECISIONS.c.decided_at).select_from(joined)
        query = query.where(DECISIONS.c.buildid == buildid)
        query = query.order_by(DECISIONS.c.decided_at, USES.c.id).limit(limit)
        rows = await self._uses.rows(query, self._decisions, made=_use_at)
        return [(use, at) for use, at in rows if use is not None]


def _use_at(row: Any) -> tuple[Use | None, int]:
    return Use.read(row[0]), row[1]


def _is(row: BuildRow, key: BuildKey) -> bool:
    """Return whether a row is of a build; some databases find names in any case, or with spaces."""
    return isinstance(key, int) or key[0] in (row.builder, row.builderid)
