"""`PrintsTable`: in what of a build secrets were hidden, in the master's own database.

The table ``keychain_prints`` has a row for each secret, step and sink of a build: the build's id, a
key, when it was first hidden there (seconds since the epoch), how often, and as JSON the secret's
name, the step, the sink, and the log and line where it was first. No value is ever stored.

A build belongs to one master, so masters that share a database never write the same rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._table import Table

PRINTS = "keychain_prints"
"""The name of the table."""

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
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._table = Table(master, _PRINTS)

    async def write(self, rows: Iterable[PrintRow]) -> None:
        """Add `rows` to what is stored.

        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        added = list(rows)

        def write(connection: Any) -> None:
            self._table.create(connection)
            with connection.begin():
                for row in added:
                    _add(connection, row)

        await self._table.do(write)

    async def of_build(self, buildid: int, limit: int) -> list[PrintRow]:
        """Return what was hidden first in a build.

        :raise DatabaseProblemError: when that cannot be read.
        """
        columns = (_PRINTS.c.content, _PRINTS.c.first_at, _PRINTS.c.times)
        query = sa.select(*columns).where(_PRINTS.c.buildid == buildid)
        query = query.order_by(_PRINTS.c.first_at, _PRINTS.c.id).limit(limit)
        found = await self._table.rows(query)
        return [PrintRow(buildid, *json.loads(content), *facts) for content, *facts in found]

    async def remove_missing_builds(self) -> None:
        """Remove the rows of builds that no longer exist.

        :raise DatabaseProblemError: when that cannot be done.
        """
        await self._table.remove_without(_PRINTS.c.buildid, _BUILDS.c.id)


def _add(connection: Any, row: PrintRow) -> None:
    same = json.dumps([row.secret, row.sink, row.step])
    key = hashlib.sha256(same.encode("ascii")).hexdigest()[:32]
    is_row = (_PRINTS.c.buildid == row.buildid) & (_PRINTS.c.id == key)
    counted = {"times": _PRINTS.c.times + row.times}
    if not connection.execute(_PRINTS.update().where(is_row).values(counted)).rowcount:
        content = json.dumps([row.secret, row.sink, row.step, row.log, row.line])
        new = {"buildid": row.buildid, "id": key, "content": content}
        new |= {"first_at": row.first_at, "times": row.times}
        connection.execute(_PRINTS.insert(), [new])
