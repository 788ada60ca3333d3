"""`UsesTable`: who asked for which secret, and what was decided, in the master's own database.

The table ``keychain_uses`` has a row for each kind of use, as `buildbot_keychain.uses` stores it:
its key, the use itself, when there was the first and the last such (seconds since the epoch), and
how often. A build counts once. The table ``keychain_decisions`` has a row for each use of a build.
Masters that share a database share the rows of uses, and each adds to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby, starmap
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from buildbot_keychain import uses
from buildbot_keychain.buildbot.state._table import Table, conditions
from buildbot_keychain.buildbot.state._writes import Writes

_metadata = sa.MetaData()

BEGINNING = 60
"""Characters of a use by which rows are found."""


class Beginning(FunctionElement[str]):
    """The first `BEGINNING` characters of a text, which databases compare byte by byte."""

    name = "beginning"
    type = sa.Text()
    inherit_cache = True


@compiles(Beginning)
def _compile(element: Any, compiler: Any, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, 1, {BEGINNING})"


@compiles(Beginning, "postgresql")
def _compile_for_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f'{_compile(element, compiler, **options)} COLLATE "C"'


@compiles(Beginning, "mysql", "mariadb")
def _compile_for_mysql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({_compile(element, compiler, **options)} AS BINARY)"


USES = sa.Table(
    uses.USES,
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("first_at", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Index("keychain_uses_last", "last_at"),
)
sa.Index("keychain_uses_beginning", Beginning(USES.c.content))
DECISIONS = sa.Table(
    uses.DECISIONS,
    _metadata,
    sa.Column("buildid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("use_id", sa.String(32), primary_key=True),
    sa.Column("decided_at", sa.BigInteger, nullable=False),
    sa.Index("keychain_decisions_use", "use_id"),
)
_BUILDS = sa.table("builds", sa.column("id"))
_FIRST, _LAST = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "last"))
_COUNT = (
    USES.update()
    .where(USES.c.id == sa.bindparam("of_use"))
    .values(
        times=USES.c.times + sa.bindparam("more"),
        # Another master may have written later ones before.
        first_at=sa.case((USES.c.first_at > _FIRST, _FIRST), else_=USES.c.first_at),
        last_at=sa.case((USES.c.last_at < _LAST, _LAST), else_=USES.c.last_at),
    )
)


class UseRow(NamedTuple):
    """Uses that are equal.

    :param buildid: the build that had them; ``None`` where that is not a build.
    :param content: what `uses.Use.stored` returns.
    """

    buildid: int | None
    content: str
    first_at: int
    last_at: int
    times: int = 1


class UsesTable:
    """Both tables, in the database of `master`, which must be there at the first call.

    :param writes: writes to them, and to others of that master.
    """

    def __init__(self, master: Any, writes: Writes | None = None) -> None:
        self._writes = writes or Writes(master)
        self._uses = Table(master, USES)
        self._decisions = Table(master, DECISIONS)

    async def write(self, rows: Iterable[UseRow]) -> None:
        """Add `rows` to what is stored.

        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        added = _Added(rows)
        await self._writes.do(
            [self._uses, self._decisions],
            lambda connection: _decide(connection, added.decided),
            clear=lambda connection: _forget(connection, added.decided),
            add=lambda connection: _count(connection, _totals(added.keyed)),
        )

    async def remove_missing(self, last_before: int) -> None:
        """Remove what builds had that there are no more, and uses of which the last is long ago.

        :param last_before: when that was (seconds since the epoch).
        :raise DatabaseProblemError: when that cannot be done.
        """
        await self._decisions.remove_without(DECISIONS.c.buildid, _BUILDS.c.id)
        forgotten = sa.select(USES.c.id).where(USES.c.last_at < last_before)
        await self._uses.remove_those(USES.c.id, forgotten)


class _Added:
    """Uses to be added, which the thread that stores them makes ready: there may be thousands."""

    def __init__(self, rows: Iterable[UseRow]) -> None:
        self._rows = list(rows)

    @cached_property
    def keyed(self) -> list[tuple[str, UseRow]]:
        """The uses by their keys: masters that change the same rows do so in the same order."""
        return sorted(((uses.key_of(row.content), row) for row in self._rows), key=itemgetter(0))

    @cached_property
    def decided(self) -> dict[tuple[int, str], UseRow]:
        """Those of builds, by build and key."""
        return {(row.buildid, key): row for key, row in self.keyed if row.buildid is not None}


def _totals(added: Iterable[tuple[str, UseRow]]) -> list[tuple[str, UseRow]]:
    """Return uses by their keys, in their order, each once for all builds that had it."""
    found: dict[str, UseRow] = {}
    for key, row in added:
        same = found.get(key, row._replace(times=0))
        first, last = min(same.first_at, row.first_at), max(same.last_at, row.last_at)
        times = same.times + row.times
        found[key] = row._replace(first_at=first, last_at=last, times=times)
    return list(found.items())


def _count(connection: Any, added: Sequence[tuple[str, UseRow]]) -> None:
    """Count uses; those that are not there yet are added."""
    there: set[str] = set()
    for some in conditions(USES.c.id, [key for key, _ in added]):
        there.update(key for (key,) in connection.execute(sa.select(USES.c.id).where(some)))
    # Together as far as they follow each other: their order keeps masters from a deadlock.
    for is_there, rows in groupby(added, lambda each: each[0] in there):
        if is_there:
            connection.execute(_COUNT, list(starmap(_counted, rows)))
        else:
            _add(connection, list(rows))


def _add(connection: Any, added: Sequence[tuple[str, UseRow]]) -> None:
    """Add uses, all at once or, where another has added one in between, one by one."""
    try:
        with connection.begin_nested():
            connection.execute(USES.insert(), list(starmap(_stored, added)))
    except sa.exc.IntegrityError:
        if len(added) == 1:
            connection.execute(_COUNT, list(starmap(_counted, added)))
        else:
            for each in added:
                _add(connection, [each])


def _stored(key: str, row: UseRow) -> dict[str, object]:
    times = {"first_at": row.first_at, "last_at": row.last_at, "times": row.times}
    return {"id": key, "content": row.content, **times}


def _decide(connection: Any, decided: Mapping[tuple[int, str], UseRow]) -> None:
    """Store the uses of builds, all at once."""
    rows = [
        {"buildid": buildid, "use_id": key, "decided_at": row.first_at}
        for (buildid, key), row in decided.items()
    ]
    if rows:
        connection.execute(DECISIONS.insert(), rows)


def _forget(connection: Any, decided: Iterable[tuple[int, str]]) -> None:
    """Remove the uses of builds that are to be stored."""
    keys_of: dict[int, list[str]] = defaultdict(list)
    for buildid, key in decided:
        keys_of[buildid].append(key)
    for buildid, keys in keys_of.items():
        of_build = DECISIONS.delete().where(DECISIONS.c.buildid == buildid)
        for some in conditions(DECISIONS.c.use_id, keys):
            connection.execute(of_build.where(some))


def _counted(key: str, row: UseRow) -> dict[str, object]:
    return {"of_use": key, "more": row.times, "first": row.first_at, "last": row.last_at}
