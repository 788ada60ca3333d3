"""`UseRecord`: writes who asked for which secret, and what was decided, behind those who ask.

What one build asks for several times is written once. What services ask for is added up while a
write is under way. What could not be written is tried again with the next use.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from twisted.internet.defer import Deferred, succeed

from buildbot_keychain.access import Observation
from buildbot_keychain.buildbot.builds._attempts import Attempts
from buildbot_keychain.buildbot.state import UseRow, UsesTable
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.uses import DECISIONS, LONGEST, USES, Use

MOST = 10_000
"""Different uses that wait to be written; more are not kept."""

_REMEMBERED = 50_000
"""Uses of builds of which it is remembered that they were noted."""

_KEPT = 90 * 24 * 3600
"""Seconds that a use is kept after the last such."""

_PROBLEM = (
    f"who asked for which secret cannot be recorded in the tables {USES} and {DECISIONS} of the "
    "master's database ({problem}): allow the master to create, read and write them; until then "
    "`buildbot-keychain explain --build` and `policy suggest` do not know it"
)

_Key = tuple[int | None, str]


class UseRecord:
    """The uses that are still to be written.

    :param table: where they are written.
    :param seconds: returns the seconds since the epoch.
    :param is_ready: returns whether the database is there.
    :param redact: returns a text, such as a name made of a secret, as it may be written of a build
        (by its id), or of what is no build.
    """

    def __init__(
        self,
        table: UsesTable,
        seconds: Callable[[], int],
        is_ready: Callable[[], bool],
        redact: Callable[[int | None, str], str],
    ) -> None:
        self._table = table
        self._seconds = seconds
        self._is_ready = is_ready
        self._redact = redact
        self._waiting: dict[_Key, UseRow] = {}
        # Ordered, the oldest first.
        self._noted: dict[Hashable, None] = {}
        self._attempts = Attempts(_PROBLEM)

    def note(self, seen: Observation) -> None:
        """Have it written that somebody has asked for a secret."""
        buildid = _buildid_of(seen.requester.scope)
        if buildid is not None:
            # Most of what builds ask for they have asked for before.
            where = tuple(rule and rule.location for rule in seen.rules)
            noted = (buildid, seen.name, seen.outcome, where)
            if noted in self._noted:
                return
            self._noted[noted] = None
            if len(self._noted) > _REMEMBERED:
                del self._noted[next(iter(self._noted))]
        now = self._seconds()
        name, reason = (self._redact(buildid, text) for text in (seen.name, seen.reasons()))
        content = Use(name, seen.requester, seen.outcome, reason).stored()
        if len(content) <= LONGEST:
            self._add(UseRow(buildid, content, now, now))
            self.flush()

    def flush(self) -> Deferred[None]:
        """Write what waits; fires when all of it that was there has been tried, and never fails."""
        return self._attempts.run(self._write) if self._is_ready() else succeed(None)

    def clean_up(self) -> Deferred[None]:
        """Remove what is of builds that no longer exist, or was long ago; never fails."""
        return self._attempts.run(self._clean_up)

    def _add(self, row: UseRow) -> None:
        key = row.buildid, row.content
        before = self._waiting.get(key)
        if before is not None:
            first, last = min(before.first_at, row.first_at), max(before.last_at, row.last_at)
            row = row._replace(first_at=first, last_at=last, times=before.times + row.times)
        elif len(self._waiting) >= MOST:
            return
        self._waiting[key] = row

    @returns_deferred
    async def _write(self) -> None:
        rows = list(self._waiting.values())
        self._waiting = {}
        if rows and not await self._attempts.succeeds(lambda: self._table.write(rows)):
            for row in rows:
                self._add(row)

    @returns_deferred
    async def _clean_up(self) -> None:
        before = self._seconds() - _KEPT
        await self._attempts.succeeds(lambda: self._table.remove_missing(before))


def _buildid_of(scope: str | None) -> int | None:
    """Return the id of the build that is a scope; ``None`` if it is not a build's."""
    kind, _, number = (scope or "").partition("/")
    return int(number) if kind == "build" and number.isdigit() else None
