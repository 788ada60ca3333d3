"""`WaitingRows`: rows of a table that are written behind whoever causes them.

Rows of one key are added up while a write is under way, and written together. What could not be
written is tried again with the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred, succeed

from buildbot_keychain.buildbot.builds._attempts import Attempts, Later, at_once
from buildbot_keychain.deferreds import Pauses, returns_deferred

Row = TypeVar("Row")

_FEW = 50
"""Rows that are redacted without a look at the time."""

MOST = 10_000
"""Rows that wait to be written, and that could not be; more are not kept."""


class WaitingRows(Generic[Row]):
    """What is still to be written.

    :param problem: what is logged of a failure, as `Attempts` has it.
    :param is_ready: returns whether the database is there.
    :param redact: returns a row as it may be written. It is called when it is to be written first;
        what could not be stays redacted: later, nobody may know what has to be.
    :param write: writes rows.
    :param remove: removes what is no longer needed.
    :param key_of: returns what rows have in common that are added up.
    :param sum_of: returns what two of them are together; the first was there before.
    :param later: as for `Attempts`: what comes at once is written together.
    :param soon: has the rest of thousands of rows redacted when others had their turn.
    """

    def __init__(
        self,
        problem: str,
        is_ready: Callable[[], bool],
        *,
        redact: Callable[[Row], Row],
        write: Callable[[list[Row]], Awaitable[Any]],
        remove: Callable[[], Awaitable[Any]],
        key_of: Callable[[Row], Hashable],
        sum_of: Callable[[Row, Row], Row],
        later: Later = at_once,
        soon: Later = at_once,
    ) -> None:
        self._attempts = Attempts(problem, later)
        self._soon = soon
        self._is_ready = is_ready
        self._redact_row = redact
        self._write_rows = write
        self._remove = remove
        self._key_of = key_of
        self._sum_of = sum_of
        # The oldest first: to find that takes a plain dictionary long, once many were removed.
        self._waiting: OrderedDict[Hashable, Row] = OrderedDict()
        self._unwritten: dict[Hashable, Row] = {}  # redacted

    def add(self, row: Row) -> None:
        """Have a row written soon."""
        self._put(self._waiting, row)
        if self._is_ready():
            self._attempts.run_later(self._write)

    def flush(self) -> Deferred[None]:
        """Write what waits; fires when all of it that was there has been tried, and never fails."""
        return self._attempts.run(self._write) if self._is_ready() else succeed(None)

    def clean_up(self) -> Deferred[None]:
        """Remove what is no longer needed; never fails."""
        return self._attempts.run(self._clean_up)

    def _put(self, rows: dict[Hashable, Row], row: Row) -> None:
        key = self._key_of(row)
        before = rows.get(key)
        if before is not None:
            row = self._sum_of(before, row)
        elif len(rows) >= MOST:
            return
        rows[key] = row

    @returns_deferred
    async def _write(self) -> None:
        async def write() -> None:
            await self._redact_waiting()
            await self._write_rows(list(self._unwritten.values()))

        if (self._waiting or self._unwritten) and await self._attempts.succeeds(write):
            self._unwritten = {}

    async def _redact_waiting(self) -> None:
        """Redact what waits now; of thousands that do, a few at a time."""
        pauses = Pauses(self._soon)
        for number in range(1, len(self._waiting) + 1):
            _, row = self._waiting.popitem(last=False)
            self._put(self._unwritten, self._redact_row(row))
            if number % _FEW == 0:
                await pauses.pause()

    @returns_deferred
    async def _clean_up(self) -> None:
        await self._attempts.succeeds(self._remove)
