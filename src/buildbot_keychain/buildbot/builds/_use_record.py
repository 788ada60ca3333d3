"""`UseRecord`: writes who asked for which secret, and what was decided, behind those who ask.

What one build asks for several times is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from buildbot_keychain.access import Observation
from buildbot_keychain.buildbot.builds._attempts import Later, at_once
from buildbot_keychain.buildbot.builds._waiting_rows import WaitingRows
from buildbot_keychain.buildbot.state import UseRow, UsesTable
from buildbot_keychain.latest import Latest
from buildbot_keychain.uses import DECISIONS, LONGEST, USES, Use

_REMEMBERED = 50_000
"""Uses of builds of which it is remembered that they were noted."""

_KEPT = 90 * 24 * 3600
"""Seconds that a use is kept after the last such."""

_PROBLEM = (
    f"who asked for which secret cannot be recorded in the tables {USES} and {DECISIONS} of the "
    "master's database ({problem}): allow the master to create, read and write them; until then "
    "`buildbot-keychain explain --build` and `policy suggest` do not know it"
)


class _Noted(NamedTuple):
    """Uses of one build, or of somebody else, that are alike.

    :param first_at: when there was the first, in seconds since the epoch; `last_at` is the last.
    :param content: what is written of them; empty before that is to be done.
    """

    buildid: int | None
    seen: Observation
    first_at: int
    last_at: int
    times: int = 1
    content: str = ""


class UseRecord(WaitingRows[_Noted]):
    """The uses that are still to be written.

    :param table: where they are written; of builds that no longer exist, and of long ago, they are
        removed there.
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
        later: Later = at_once,
        *,
        soon: Later = at_once,
    ) -> None:
        super().__init__(
            _PROBLEM,
            is_ready,
            redact=self._redacted,
            write=self._write_short,
            remove=lambda: table.remove_missing(seconds() - _KEPT),
            key_of=_key_of,
            sum_of=_sum_of,
            later=later,
            soon=soon,
        )
        self._table = table
        self._seconds = seconds
        self._redact = redact
        self._noted: Latest[Hashable, None] = Latest(_REMEMBERED)

    def note(self, seen: Observation) -> None:
        """Have it written that somebody has asked for a secret."""
        buildid = _buildid_of(seen.requester.scope)
        if buildid is not None:
            # Most of what builds ask for they have asked for before.
            noted = (buildid, *_decided(seen))
            if noted in self._noted:
                return
            self._noted[noted] = None
        now = self._seconds()
        self.add(_Noted(buildid, seen, now, now))

    def _redacted(self, row: _Noted) -> _Noted:
        """Return uses, redacted: when the build has been given what it has asked for."""
        seen = row.seen
        name, reason = (self._redact(row.buildid, text) for text in (seen.name, seen.reasons()))
        return row._replace(content=Use(name, seen.requester, seen.outcome, reason).stored())

    async def _write_short(self, rows: Sequence[_Noted]) -> None:
        kept = [
            UseRow(row.buildid, row.content, row.first_at, row.last_at, row.times)
            for row in rows
            if len(row.content) <= LONGEST
        ]
        if kept:
            await self._table.write(kept)


def _decided(seen: Observation) -> tuple[Hashable, ...]:
    return seen.name, seen.outcome, tuple(rule and rule.location for rule in seen.rules)


def _key_of(row: _Noted) -> Hashable:
    return row.buildid, row.seen.requester, *_decided(row.seen)


def _sum_of(before: _Noted, row: _Noted) -> _Noted:
    first, last = min(before.first_at, row.first_at), max(before.last_at, row.last_at)
    content, times = before.content or row.content, before.times + row.times
    return row._replace(first_at=first, last_at=last, times=times, content=content)


def _buildid_of(scope: str | None) -> int | None:
    """Return the id of the build that is a scope; ``None`` if it is not a build's."""
    kind, _, number = (scope or "").partition("/")
    return int(number) if kind == "build" and number.isdigit() else None
