"""`FormValuesTable`: what was typed into forms, sealed, in the master's own database.

The table ``keychain_form_values`` has a row for each value: an id that nobody can guess, the number
of the buildset that it was typed for, when the row was written (seconds since the epoch), and the
sealed value. Rows go when that buildset is complete, and all that its builds have triggered.

As in `ReferencesTable`, a row is written before its buildset, in which the id stands; it then
belongs to that buildset, and to no other one that the id is copied to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from buildbot_keychain.buildbot.state._rebuilds import is_rebuild
from buildbot_keychain.buildbot.state._table import Table, conditions

_LARGEST = (1 << 24) - 1
"""Bytes of a ``MEDIUMBLOB`` of MySQL."""

_VALUES = sa.Table(
    "keychain_form_values",
    sa.MetaData(),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("buildsetid", sa.Integer, nullable=True),
    sa.Column("written_at", sa.BigInteger, nullable=False),
    sa.Column("box", sa.LargeBinary(_LARGEST), nullable=False),
)
_BUILDSETS = sa.table(
    "buildsets",
    sa.column("id"),
    sa.column("complete"),
    sa.column("parent_buildid"),
    sa.column("reason"),
    sa.column("rebuilt_buildid"),
)
_REQUESTS = sa.table("buildrequests", sa.column("id"), sa.column("buildsetid"))
_BUILDS = sa.table("builds", sa.column("id"), sa.column("buildrequestid"))
_NOT_WAITING = (
    sa.select(_VALUES.c.buildsetid)
    .distinct()
    .select_from(_VALUES.outerjoin(_BUILDSETS, _VALUES.c.buildsetid == _BUILDSETS.c.id))
    .where(_VALUES.c.buildsetid.is_not(None))
    .where(_BUILDSETS.c.complete.is_(None) | (_BUILDSETS.c.complete != 0))
)
"""Those buildsets of which values are kept that are complete themselves, or have gone."""


class FormValuesTable:
    """The table, in the database of `master`, which must be there at the first call."""

    def __init__(self, master: Any) -> None:
        self._table = Table(master, _VALUES)

    async def write(self, boxes: Mapping[str, bytes], written_at: int) -> None:
        """Store what was typed for a buildset that is about to be added.

        :param boxes: by ids of 32 characters that nobody can guess.
        :raise DatabaseProblemError: when nothing was stored, or nobody can tell.
        """
        rows = [{"id": key, "written_at": written_at, "box": box} for key, box in boxes.items()]

        def write(connection: Any) -> None:
            self._table.create(connection)
            with connection.begin():
                # The pool may do it again.
                connection.execute(_VALUES.delete().where(_VALUES.c.id.in_(list(boxes))))
                connection.execute(_VALUES.insert(), rows)

        await self._table.do(write)

    async def bind(self, keys: list[str], bsid: int) -> None:
        """Have rows belong to the buildset with this number, unless they belong to one.

        :raise DatabaseProblemError: when that cannot be done.
        """

        def bind(connection: Any) -> None:
            with connection.begin():
                for key in keys:
                    connection.execute(_binding(key, bsid))

        await self._table.do(bind)

    async def read(self, key: str, bsid: int) -> bytes | None:
        """Return what was typed for a buildset; ``None`` if no such row belongs to it.

        :raise DatabaseProblemError: when it cannot be read.
        """
        of_buildset = (_VALUES.c.id == key) & (_VALUES.c.buildsetid == bsid)

        def read(connection: Any) -> bytes | None:
            if not self._table.is_there(connection):
                return None
            with connection.begin():
                # A master that stopped in between, or is still at it, has not bound it.
                connection.execute(_binding(key, bsid))
                box = connection.execute(sa.select(_VALUES.c.box).where(of_buildset)).scalar()
            return None if box is None else bytes(box)

        found: bytes | None = await self._table.do(read)
        return found

    async def remove(self, keys: list[str]) -> None:
        """Remove what was written for a buildset that was not added.

        :raise DatabaseProblemError: when that cannot be done.
        """

        def remove(connection: Any) -> None:
            with connection.begin():
                connection.execute(_VALUES.delete().where(_VALUES.c.id.in_(keys)))

        await self._table.do(remove)

    async def remove_done(self, written_before: int) -> frozenset[str]:
        """Remove what no build will ask for any more; return the ids of the rows that are left.

        :param written_before: a row without a buildset that is older than that (seconds since the
            epoch) waits for none.
        :raise DatabaseProblemError: when that cannot be done.
        """
        forgotten = _VALUES.c.buildsetid.is_(None) & (_VALUES.c.written_at < written_before)

        def remove(connection: Any) -> frozenset[str]:
            if not self._table.is_there(connection):
                return frozenset()
            with connection.begin():
                connection.execute(_VALUES.delete().where(forgotten))
                numbers = list(connection.execute(_NOT_WAITING).scalars())
                for number in numbers:
                    if not _is_needed(connection, number):
                        connection.execute(_VALUES.delete().where(_VALUES.c.buildsetid == number))
                return frozenset(connection.execute(sa.select(_VALUES.c.id)).scalars())

        left: frozenset[str] = await self._table.do(remove)
        return left


def _binding(key: str, bsid: int) -> Any:
    unbound = (_VALUES.c.id == key) & _VALUES.c.buildsetid.is_(None)
    return _VALUES.update().where(unbound).values(buildsetid=bsid)


def _is_needed(connection: Any, bsid: int) -> bool:
    """Return whether a buildset, or one that its builds or theirs have triggered, is incomplete."""
    seen: set[int] = set()
    level = {bsid}
    while level:
        found = list(_rows(connection, (_BUILDSETS.c.complete,), _BUILDSETS.c.id, level))
        if not all(complete for (complete,) in found):
            return True
        seen |= level
        requests = _numbers(connection, _REQUESTS.c.id, _REQUESTS.c.buildsetid, level)
        builds = _numbers(connection, _BUILDS.c.id, _BUILDS.c.buildrequestid, requests)
        columns = _BUILDSETS.c.id, _BUILDSETS.c.reason, _BUILDSETS.c.rebuilt_buildid
        children = _rows(connection, columns, _BUILDSETS.c.parent_buildid, builds)
        # A rebuild is given nothing.
        level = {
            number
            for number, reason, rebuilt in children
            if not is_rebuild({"reason": reason, "rebuilt_buildid": rebuilt})
        } - seen
    return False


def _numbers(connection: Any, wanted: Any, column: Any, values: set[int]) -> set[int]:
    return {number for (number,) in _rows(connection, (wanted,), column, values)}


def _rows(connection: Any, wanted: tuple[Any, ...], column: Any, values: set[int]) -> Iterator[Any]:
    """Yield columns of the rows of which another column has one of these values."""
    for some in conditions(column, sorted(values)):
        yield from connection.execute(sa.select(*wanted).where(some))
