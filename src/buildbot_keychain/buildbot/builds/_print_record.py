"""`PrintRecord`: writes in what of builds secrets were hidden, behind those who write it.

What is hidden while a write is under way is added up, and written together. What could not be
written is tried again with the next.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed

from buildbot_keychain.buildbot.builds._attempts import Attempts
from buildbot_keychain.buildbot.state import PRINTS, PrintRow, PrintsTable
from buildbot_keychain.deferreds import returns_deferred

MOST = 10_000
"""Rows that wait to be written; more are not kept."""

LONGEST = 2_000
"""Characters of a name that is kept."""

_PROBLEM = (
    f"in what of builds secrets were hidden cannot be recorded in the table {PRINTS} of the "
    "master's database ({problem}): allow the master to create, read and write that table; until "
    "then the page of a build does not know it"
)

_Key = tuple[int, str, str, str | None]


class PrintRecord:
    """What is still to be written.

    :param table: where it is written.
    :param is_ready: returns whether the database is there.
    :param redact: returns a text, such as a name made of a secret, as it may be written of a build
        (by its id).
    """

    def __init__(
        self,
        table: PrintsTable,
        is_ready: Callable[[], bool],
        redact: Callable[[int | None, str], str],
    ) -> None:
        self._table = table
        self._is_ready = is_ready
        self._redact = redact
        self._waiting: dict[_Key, PrintRow] = {}
        self._attempts = Attempts(_PROBLEM)

    def note(self, row: PrintRow) -> None:
        """Have it written that a secret was hidden in something of a build."""
        step, log = (each and self._text(row.buildid, each) for each in (row.step, row.log))
        secret = self._text(row.buildid, row.secret)
        self._add(row._replace(secret=secret, step=step, log=log))
        self.flush()

    def flush(self) -> Deferred[None]:
        """Write what waits; fires when all of it that was there has been tried, and never fails."""
        return self._attempts.run(self._write) if self._is_ready() else succeed(None)

    def clean_up(self) -> Deferred[None]:
        """Remove what is recorded of builds that no longer exist; never fails."""
        return self._attempts.run(self._clean_up)

    def _text(self, buildid: int, text: str) -> str:
        return self._redact(buildid, text)[:LONGEST]

    def _add(self, row: PrintRow) -> None:
        key = row.buildid, row.secret, row.sink, row.step
        before = self._waiting.get(key)
        if before is not None:
            row = before._replace(times=before.times + row.times)
        elif len(self._waiting) >= MOST:
            return
        self._waiting[key] = row

    @returns_deferred
    async def _write(self) -> None:
        rows = list(self._waiting.values())
        self._waiting = {}
        if rows and not await self._attempts.succeeds(lambda: self._table.write(rows)):
            newer, self._waiting = self._waiting, {}
            for row in (*rows, *newer.values()):
                self._add(row)

    @returns_deferred
    async def _clean_up(self) -> None:
        await self._attempts.succeeds(self._table.remove_missing_builds)
