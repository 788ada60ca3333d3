"""`UsedSecrets`: when the builders of a master were last given which secrets, and refused.

The record of uses is read once, and afterwards what is new of it, so a page costs the same however
long it is. All of it is read again every ten minutes, as what is old is removed, and as a master
writes late what it could not write when its database was away; no page waits for that.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from twisted.logger import Logger

from buildbot_keychain.buildbot.state import BriefUse, DatabaseProblemError, UsesReader
from buildbot_keychain.buildbot.www._spellings import forms_of
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.single_flight import SingleFlight

KEPT = 10.0
"""Seconds until it is looked for what is new."""

LATE = 60
"""Seconds by which another master may be late to write what was, or its clock behind."""

KEPT_WHOLE = 600.0
"""Seconds until all of it is read again: with what was written later than `LATE`."""

MOST = 100_000
"""Names that builders have asked for, of which that is remembered."""

AT_ONCE = 1_000
"""Rows that are read at once."""

_log = Logger()

When = tuple[int | None, int | None]
"""When something was last given, and when it was last refused: seconds since the epoch."""

NEVER: When = (None, None)


@dataclass
class Used:
    """When builders had what, and what anybody has asked for.

    :param by_builder: names as they were asked for, without fields, versions and parameters.
    :param asked: all such names.
    :param first_at: since when there is a record (seconds since the epoch); 0 if there is none.
    :param is_complete: whether that is all of it.
    """

    by_builder: dict[str, dict[str, When]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    first_at: int = 0
    is_complete: bool = True
    count: int = 0
    last_at: int = 0

    def of(self, builder: str) -> Mapping[str, When]:
        """Return when a builder had what, by its name."""
        return self.by_builder.get(builder, {})

    def names(self) -> list[str]:
        """Return all names that builders have asked for, once for each of those."""
        return list(chain.from_iterable(self.by_builder.values()))

    def add(self, uses: Iterable[BriefUse]) -> None:
        """Add what builders had."""
        for use in uses:
            self.last_at = max(self.last_at, use.last_at)
            self.first_at = min(use.first_at, self.first_at or use.first_at)
            forms = forms_of(use.name)
            self._note_asked(forms)
            if use.builder is not None:
                names = self.by_builder.setdefault(use.builder, {})
                for name in forms:
                    self._note(names, name, use)

    def _note_asked(self, names: set[str]) -> None:
        if len(self.asked) < MOST:
            self.asked |= names
        elif not names <= self.asked:
            self.is_complete = False

    def _note(self, names: dict[str, When], name: str, use: BriefUse) -> None:
        before = names.get(name)
        if before is None:
            if self.count >= MOST:
                self.is_complete = False
                return
            self.count += 1
            before = NEVER
        given, refused = before
        if use.was_given:
            given = max(given or 0, use.last_at)
        else:
            refused = max(refused or 0, use.last_at)
        names[name] = given, refused


class UsedSecrets:
    """What the database of `master` has of it."""

    def __init__(self, master: Any) -> None:
        self._master = master
        self._reader = UsesReader(master)
        self._used = Used()
        self._until = self._whole_until = 0.0
        self._flights = SingleFlight()

    async def current(self) -> Used:
        """Return it as it was a few seconds ago.

        :raise DatabaseProblemError: when the database cannot be read.
        """
        if self._master.reactor.seconds() >= self._until:
            await self._flights.do("used", self._read)
        return self._used

    @returns_deferred
    async def prepare(self) -> None:
        """Read it before a page needs it, which adds what is new since then; never fails."""
        await self._in_background("used", self._read)
        self._until = 0.0

    async def _read(self) -> None:
        now = self._master.reactor.seconds()
        if not self._whole_until:
            await self._read_whole()
        else:
            if now >= self._whole_until:
                self._in_background("whole", self._read_whole)
            await self._add_new(self._used)
        self._until = now + KEPT

    @returns_deferred
    async def _in_background(self, key: str, read: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Read something; if that fails, whoever needs it reads it later."""
        try:
            await self._flights.do(key, read)
        except DatabaseProblemError as error:
            _log.debug("what builders had is read later ({error})", error=str(error))

    async def _read_whole(self) -> None:
        used = Used()
        await self._add_new(used)
        self._used = used
        self._whole_until = self._master.reactor.seconds() + KEPT_WHOLE

    async def _add_new(self, used: Used) -> None:
        """Add what there was since the last that is known, and a while before."""
        last_at, behind = used.last_at - LATE, ""
        while rows := await self._reader.since(last_at, behind, AT_ONCE):
            used.add(rows)
            last_at, behind = rows[-1].last_at, rows[-1].id
            if len(rows) < AT_ONCE or not used.is_complete:
                return
