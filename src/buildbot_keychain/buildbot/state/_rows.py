"""`StateRows`: lists of rows in Buildbot's object state, each change under a lock.

Buildbot stores one JSON value for each object and key. A list in it can only be read and written as
a whole, so two changes at once would lose one; here each waits for the one before. Masters that
share a database may share a list; each then changes its own rows alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import DeferredLock

Row = dict[str, Any]


class StateRows:
    """The lists of one object.

    :param master: Buildbot's master; its database must be there at the first call, not before.
    :param object_name: the name and class name of the object in Buildbot's ``objects`` table.
    """

    def __init__(self, master: Any, object_name: tuple[str, str]) -> None:
        self._master = master
        self._object_name = object_name
        self._lock = DeferredLock()

    async def read(self, key: str) -> list[Row]:
        """Return the rows of the list `key`, oldest first."""
        _, rows = await self._read(key)
        return rows

    async def add(self, key: str, *added: Row) -> None:
        """Append rows, all at once; they are in the database when this returns."""
        async with self._lock:
            objectid, rows = await self._read(key)
            await self._state.setState(objectid, key, [*rows, *added])

    async def remove(self, key: str, matches: Callable[[Row], bool]) -> None:
        """Remove every row that `matches`; it is no error when there is none."""
        async with self._lock:
            objectid, rows = await self._read(key)
            kept = [row for row in rows if not matches(row)]
            if len(kept) != len(rows):
                await self._state.setState(objectid, key, kept)

    @property
    def _state(self) -> Any:
        return self._master.db.state

    async def _read(self, key: str) -> tuple[int, list[Row]]:
        objectid = await self._state.getObjectId(*self._object_name)
        # Two masters that each write the first row would lose one. Created this way, the list is
        # there for both.
        rows = await self._state.atomicCreateState(objectid, key, list)
        return objectid, [row for row in rows if isinstance(row, dict)]
