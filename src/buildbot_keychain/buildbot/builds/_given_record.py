"""`GivenRecord`: writes what builds were given into the database, behind those who look it up.

What is given in one turn of the reactor is written together, right after that turn. One write is
under way at a time; what comes meanwhile is written by the next. What could not be written is tried
again with the next name or at the end of the next build. The first failure is logged, in one
sentence. A master that is killed in that turn, or in the write after it, has not recorded it: then
`buildbot-keychain scrub` takes the build for one that was not given the secret.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred

from buildbot_keychain import given_names
from buildbot_keychain.buildbot.builds._attempts import Attempts, Later, at_once
from buildbot_keychain.buildbot.state import GivenRow, GivenTable
from buildbot_keychain.deferreds import returns_deferred

MOST = 10_000
"""Names that wait to be written; of more, the oldest are forgotten."""

_PROBLEM = (
    f"which secrets builds were given cannot be recorded in the table {given_names.TABLE} of the "
    "master's database ({problem}): allow the master to create, read and write that table; until "
    "then `buildbot-keychain scrub` and a restarted master do not know it"
)


class _Given(NamedTuple):
    build: Any
    number: int
    given_at: int
    name: str


class GivenRecord:
    """The names that are still to be written.

    :param table: where they are written.
    :param seconds: returns the seconds since the epoch.
    :param later: as for `Attempts`: what is given at once is written together.
    """

    def __init__(
        self, table: GivenTable, seconds: Callable[[], int], later: Later = at_once
    ) -> None:
        self._table = table
        self._seconds = seconds
        self._waiting: deque[_Given] = deque(maxlen=MOST)
        self._attempts = Attempts(_PROBLEM, later)

    def add(self, build: Any, number: int, name: str) -> None:
        """Have it written that `build` was given `name` now, as the `number`-th from 0.

        It is written when the build has its id.
        """
        self._waiting.append(_Given(build, number, self._seconds(), name))
        self._attempts.run_later(self._write)

    def flush(self) -> Deferred[None]:
        """Write what waits; fires when all of it that was there has been tried, and never fails."""
        return self._attempts.run(self._write)

    def clean_up(self) -> Deferred[None]:
        """Remove what is recorded of builds that no longer exist; never fails."""
        return self._attempts.run(self._clean_up)

    @returns_deferred
    async def _write(self) -> None:
        waiting = [given for given in self._waiting if given.build.buildid is not None]
        rows = [GivenRow(given.build.buildid, *given[1:]) for given in waiting]
        if rows and await self._attempts.succeeds(lambda: self._table.write(rows)):
            written = set(map(id, waiting))
            kept = [given for given in self._waiting if id(given) not in written]
            self._waiting.clear()
            self._waiting.extend(kept)

    @returns_deferred
    async def _clean_up(self) -> None:
        await self._attempts.succeeds(self._table.remove_missing_builds)
