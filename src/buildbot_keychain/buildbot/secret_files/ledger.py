"""The list of secret files that may be on workers, kept in the master's database.

An entry is written before its file exists and struck out after the file is gone, so that a master
which is killed in between finds the entry when it starts again. Entries hold paths, never
contents. Masters that share a database share the list: a worker may come back to another one.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import DeferredLock
from twisted.logger import Logger

from buildbot_keychain.buildbot.secret_files.places import Place

OBJECT = ("buildbot-keychain", "secret_files.Ledger")


class Ledger:
    """The list, one row of Buildbot's object state for each worker.

    :param state: ``master.db.state``.
    """

    _log = Logger()

    def __init__(self, state: Any) -> None:
        self._state = state
        # A row is read, changed and written: one at a time.
        self._lock = DeferredLock()

    async def entries(self, worker: str) -> dict[str, Place]:
        """Give the files that may be on a worker, by their entry's id, oldest first.

        What is not an entry of ours is passed over, and said in the log.
        """
        _, rows = await self._read(worker)
        found = {}
        for row in rows:
            try:
                found[str(row["id"])] = Place.from_record(row)
            except (KeyError, TypeError, ValueError):  # noqa: PERF203 - each on its own
                self._log.warn(
                    "what is no record of a secret file is passed over: {row!r}", row=row
                )
        return found

    async def add(self, worker: str, entry: str, place: Place) -> None:
        """Write an entry down; it is in the database when this returns."""
        async with self._lock:
            objectid, rows = await self._read(worker)
            rows.append({"id": entry, **place.as_record()})
            await self._state.setState(objectid, worker, rows)

    async def strike(self, worker: str, entry: str) -> None:
        """Remove an entry; one that is not there is fine."""
        async with self._lock:
            objectid, rows = await self._read(worker)
            kept = [row for row in rows if row.get("id") != entry]
            if len(kept) != len(rows):
                await self._state.setState(objectid, worker, kept)

    async def _read(self, worker: str) -> tuple[int, list[dict[str, Any]]]:
        objectid = await self._state.getObjectId(*OBJECT)
        # Two masters that each write the first row would lose one of them; made this way it
        # is there for both.
        rows = await self._state.atomicCreateState(objectid, worker, list)
        return objectid, [row for row in rows if isinstance(row, dict)]
