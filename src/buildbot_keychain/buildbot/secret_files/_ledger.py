"""The list of secret files that may be on workers, kept in the master's database.

An entry is stored before its file exists and removed after the file is gone, so that a master which
is killed in between finds the entry when it starts again. Entries hold paths, never contents, and
only paths that the master has composed: who connects next may be another machine.
Masters that share a database share the list: a worker may connect to another master next time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.logger import Logger

from buildbot_keychain.buildbot.secret_files._locations import RememberedFile
from buildbot_keychain.buildbot.state import StateRows

OBJECT = ("buildbot-keychain", "secret_files.Ledger")
"""The object in Buildbot's database; it must stay as it is, for entries of earlier versions."""


class Ledger:
    """The entries, one list for each worker.

    :param master: Buildbot's master; its database must be there at the first call, not before.
    """

    _log = Logger()

    def __init__(self, master: Any) -> None:
        self._rows = StateRows(master, OBJECT)

    async def entries(self, worker: str) -> dict[str, RememberedFile]:
        """Return the files that may be on `worker`, by the ids of their entries, oldest first.

        A row that is not an entry is skipped and logged: another version may know it.
        """
        found = {}
        for row in await self._rows.read(worker):
            try:
                found[str(row["id"])] = RememberedFile.from_record(row)
            except (KeyError, TypeError, ValueError):  # noqa: PERF203 - each by itself
                self._log.warn(
                    "skipped a row in the list of secret files that describes none: {row!r}",
                    row=row,
                )
        return found

    async def add(self, worker: str, files: Mapping[str, RememberedFile]) -> None:
        """Store entries, all at once; they are in the database when this returns.

        :param files: by the ids of their entries.
        """
        rows = ({"id": entry, **file.as_record()} for entry, file in files.items())
        await self._rows.add(worker, *rows)

    async def remove(self, worker: str, *entries: str) -> None:
        """Remove entries, all at once; it is no error when there is none."""
        await self._rows.remove(worker, lambda row: row.get("id") in entries)
