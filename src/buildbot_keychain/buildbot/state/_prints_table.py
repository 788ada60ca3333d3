"""`PrintsTable`: in what of a build secrets were hidden, in the master's own database.

The table ``keychain_prints`` has a row for each secret, step and sink of a build: the build's id, a
key, when it was first hidden there (seconds since the epoch), how often, and as JSON the secret's
name, the step, the sink, and the log and line where it was first. No value is ever stored.

A build belongs to one master, so masters that share a database never write the same rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._table import Table
from buildbot_keychain.buildbot.state._writes import Writes

PRINTS = "keychain_prints"
"""The name of the table."""

_AT_ONCE = 400
"""Rows that are looked for by one query, with two parameters each; SQLite accepts 999."""

_metadata = sa.MetaData()

_PRINTS = sa.Table(
    PRINTS,
    _metadata,
    sa.Column("buildid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("first_at", sa.BigInteger, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)
_BUILDS = sa.table("builds", sa.column("id"))
_COUNT = (
    _PRINTS.update()
    .where(_PRINTS.c.buildid == sa.bindparam("of_build"), _PRINTS.c.id == sa.bindparam("of_row"))
    .values(times=_PRINTS.c.times + sa.bindparam("more"))
)


class PrintRow(NamedTuple):
    """That a secret was hidden in something of a build.

    :param secret: its name.
    :param sink: in what: ``log``, ``step state``, ``property``, ...
    :param log: the name of the log where it was first, if it was a log.
    :param line: the line of the log where it was first, from 1, if that is known.
    :param first_at: seconds since the epoch.
    """

    buildid: int
    secret: str
    sink: str
    step: str | None
    log: str | None
    line: int | None
    first_at: int
    times: int


class PrintsTable:
    """The table, in the database of `master`, which must be there at the first call.

    :param writes: writes to it, and to others of that master.
    """

    def __init__(self, master: Any, writes: Writes | None = None) -> None:
        self._table = Table(master, _PRINTS)
        self._writes = writes or Writes(master)

    async def write(self, rows: Iterable[PrintRow]) -> None:
        """Add `rows` to what is stored.

        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        added = list(rows)
        await self._writes.do([self._table], add=lambda connection: _add(connection, added))

    async def of_build(self, buildid: int, limit: int) -> list[PrintRow]:
        """Return what was hidden first in a build.

        :raise DatabaseProblemError: when that cannot be read.
        """
        columns = (_PRINTS.c.content, _PRINTS.c.first_at, _PRINTS.c.times)
        query = sa.select(*columns).where(_PRINTS.c.buildid == buildid)
        query = query.order_by(_PRINTS.c.first_at, _PRINTS.c.id).limit(limit)
        found = await self._table.rows(query)
        return [PrintRow(buildid, *json.loads(content), *facts) for content, *facts in found]

    async def of_builds(self, buildids: Collection[int], limit: int) -> list[PrintRow]:
        """Return what was hidden in some builds, a few hundred at most, the last ones first.

        :raise DatabaseProblemError: when that cannot be read.
        """
        return await self._last(_PRINTS.c.buildid.in_(buildids), limit)

    async def of_last_builds(self, limit: int) -> list[PrintRow]:
        """Return what was hidden in the builds that began last, those first.

        :raise DatabaseProblemError: when that cannot be read.
        """
        return await self._last(sa.true(), limit)

    async def _last(self, condition: Any, limit: int) -> list[PrintRow]:
        columns = (_PRINTS.c.buildid, _PRINTS.c.content, _PRINTS.c.first_at, _PRINTS.c.times)
        query = sa.select(*columns).where(condition)
        query = query.order_by(_PRINTS.c.buildid.desc(), _PRINTS.c.id.desc())
        found = await self._table.rows(query.limit(limit))
        return [
            PrintRow(buildid, *json.loads(content), *facts) for buildid, content, *facts in found
        ]

    async def remove_missing_builds(self) -> None:
        """Remove the rows of builds that no longer exist.

        :raise DatabaseProblemError: when that cannot be done.
        """
        await self._table.remove_without(_PRINTS.c.buildid, _BUILDS.c.id)


def _add(connection: Any, rows: Sequence[PrintRow]) -> None:
    """Count what is stored already, and store the others, each all at once."""
    found: dict[tuple[int, str], PrintRow] = {}
    for row in rows:
        place = row.buildid, _key_of(row)
        same = found.get(place)
        found[place] = row if same is None else same._replace(times=same.times + row.times)
    there: set[Any] = set()
    places = list(found)
    for start in range(0, len(places), _AT_ONCE):
        builds, keys = map(set, zip(*places[start : start + _AT_ONCE], strict=True))
        query = sa.select(_PRINTS.c.buildid, _PRINTS.c.id).where(
            _PRINTS.c.buildid.in_(builds), _PRINTS.c.id.in_(keys)
        )
        there.update(map(tuple, connection.execute(query)))
    counted = [_counted(place, row) for place, row in found.items() if place in there]
    if counted:
        connection.execute(_COUNT, counted)
    new = [_stored(place, row) for place, row in found.items() if place not in there]
    if new:
        connection.execute(_PRINTS.insert(), new)


def _key_of(row: PrintRow) -> str:
    same = json.dumps([row.secret, row.sink, row.step])
    return hashlib.sha256(same.encode("ascii")).hexdigest()[:32]


def _counted(place: tuple[int, str], row: PrintRow) -> dict[str, object]:
    return {"of_build": place[0], "of_row": place[1], "more": row.times}


def _stored(place: tuple[int, str], row: PrintRow) -> dict[str, object]:
    content = json.dumps([row.secret, row.sink, row.step, row.log, row.line])
    new: dict[str, object] = {"buildid": place[0], "id": place[1], "content": content}
    return new | {"first_at": row.first_at, "times": row.times}
