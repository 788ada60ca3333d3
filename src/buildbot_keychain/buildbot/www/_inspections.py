"""`BuildbotInspections`: runs ``check`` and ``doctor`` for the pages of a master, one at a time.

Each runs in a process of its own, which a thread waits for. It is ended after a while, and with the
master. Results are kept as long as the master, through its reconfigurations; another one with the
same database has its own, of its own machine.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.audit import Administration
from buildbot_keychain.buildbot._attached import keychain_of, service_of
from buildbot_keychain.buildbot.www._inspected import Inspected, inspect
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import KeychainError, StoreUnavailable, message_of, safe_summary
from buildbot_keychain.inspection import Limits
from buildbot_keychain.web import IInspections
from buildbot_keychain.web.host_inspections import (
    LEVELS,
    Begun,
    Ended,
    FoundPage,
    Named,
    Running,
    State,
    WantedPlaces,
)
from buildbot_keychain.workpool import run_once

_log = Logger()

T = TypeVar("T")

NAME = "keychain inspections"

MOST_SECONDS = 900.0
"""How long one may take."""

_TO_END = 30.0
"""Seconds that its process has to end after that."""

_MOST_BYTES = 32 << 20
"""Of a report."""

_DEADLINE = 10.0
"""Seconds that a page of findings may take."""


@dataclass
class _Now:
    """One that goes on.

    :param config: returns the configuration of the master, as long as there is one.
    :ivar progress: how much is done, of how much, and what.
    """

    begun: Begun
    config: Callable[[], Any]
    limits: Limits = field(default_factory=lambda: Limits(MOST_SECONDS, _MOST_BYTES))
    progress: tuple[int, int, str] = (0, 0, "starting")

    def note(self, done: int, total: int, stage: str) -> None:
        self.progress = done, total, stage


@dataclass(frozen=True)
class _Kept:
    """One that has ended.

    :param config: returns the configuration that the master had then, as long as there is one.
    """

    ended: Ended
    config: Callable[[], Any]
    inspected: Inspected | None


@implementer(IInspections)
class BuildbotInspections(Service):
    """Those of one master, whose service this is.

    :param master: Buildbot's ``BuildMaster``.
    """

    name = NAME

    def __init__(self, master: Any) -> None:
        self._master = master
        self._now: _Now | None = None
        self._ending: Deferred[None] | None = None
        self._kept: dict[str, _Kept] = {}

    @classmethod
    def of(cls, master: Any) -> BuildbotInspections:
        """Return those of a master, which stay through its reconfigurations."""
        return service_of(master, NAME, cls)

    @property
    def master(self) -> str:
        """What the master is called in its database."""
        return str(self._master.name)

    def state(self, task: str) -> State:
        """Return how the inspections of a task are."""
        running, now, kept = None, self._now, self._kept.get(task)
        if now is not None:
            done, total, stage = now.progress
            running = Running(now.begun, stage, done, total)
        last = None
        if kept is not None:
            last = replace(
                kept.ended,
                problem=self._redacted(kept.ended.problem),
                is_outdated=kept.config() is not self._master.config,
            )
        return State(self.master, running, last)

    @returns_deferred
    async def begin(self, task: str, person: str, offline: bool) -> bool:  # noqa: FBT001 - of `IInspections`
        """Begin one unless another goes on, and have the audit trail say who it was."""
        if self._now is not None or not self.running:
            return False
        begun = Begun(token_hex(8), task, person, self._master.reactor.seconds(), offline)
        now = self._now = _Now(begun, weakref.ref(self._master.config))
        try:
            audit = keychain_of(self._master).audit
            await audit.require_event(_event(begun, "begun"), task)
        except BaseException:
            self._now = None
            now.limits.close()
            raise
        self._ending = Deferred.fromCoroutine(self._follow(now))
        return True

    @returns_deferred
    async def findings(self, task: str, level: str, after: int, limit: int) -> FoundPage | None:
        """Return some of what the last one of a task has found."""
        return await self._page(task, lambda found: found.of_level(level, after, limit))

    @returns_deferred
    async def places(self, wanted: WantedPlaces, after: int, limit: int) -> FoundPage | None:
        """Return some of what the last check has found of secrets."""
        return await self._page("check", lambda found: found.places(wanted, after, limit))

    @returns_deferred
    async def stopService(self) -> None:
        """End the process that inspects, and wait for its end."""
        await maybeDeferred(super().stopService)
        if self._now is not None:
            self._now.limits.end()
        if self._ending is not None:
            await self._ending

    async def _follow(self, now: _Now) -> None:
        begun, path, inspected, problem = now.begun, self._path, None, ""

        def work() -> Inspected:
            with contextlib.closing(now.limits):
                return inspect(begun.task, path, now.note, now.limits, offline=begun.offline)

        try:
            inspected = await self._in_thread(MOST_SECONDS + _TO_END, work)
        except KeychainError as error:
            problem = message_of(error) or "it cannot be done"
        except DeferredTimeout:
            problem = "its process does not end"
        except Exception:  # noqa: BLE001 - its text may hold a value
            problem = f"unexpected error: {safe_summary(Failure())}"
            _log.error("an inspection failed: {why}", why=problem)
        finally:
            self._now = None
        found = inspected or Inspected("")
        ended = Ended(
            begun,
            self._master.reactor.seconds(),
            problem,
            inspected=found.file,
            counts=found.counts,
            builders=found.builders,
            named=found.named,
            secrets=found.secrets,
        )
        self._kept[begun.task] = _Kept(ended, now.config, inspected)
        keychain_of(self._master).audit.record(_event(begun, problem or _said(found)))

    async def _page(self, task: str, choose: Callable[[Inspected], FoundPage]) -> FoundPage | None:
        kept = self._kept.get(task)
        if kept is None or kept.inspected is None:
            return None
        inspected = kept.inspected
        try:
            found = await self._in_thread(_DEADLINE, lambda: choose(inspected))
        except DeferredTimeout:
            msg = f"what was found could not be gone through within {_DEADLINE:g} seconds"
            raise StoreUnavailable(msg) from None
        shown = [self._shown(each) for each in found.items]
        return FoundPage(kept.ended.begun.id, shown, found.count)

    def _shown(self, found: Any) -> Any:
        """Return what may be shown to administrators, as others texts of errors may."""
        redacted = self._redacted
        if isinstance(found, Named):
            return replace(found, where=redacted(found.where))
        places = tuple(map(redacted, found.places))
        texts = {name: redacted(getattr(found, name)) for name in ("sentence", "remedy")}
        return replace(found, places=places, **texts)

    def _redacted(self, text: str) -> str:
        return str(keychain_of(self._master).redactor.redact(text)) if text else ""

    async def _in_thread(self, seconds: float, work: Callable[[], T]) -> T:
        return await run_once(self._master.reactor, seconds, "keychain-inspection", work)

    @property
    def _path(self) -> str:
        """The master's directory, or the file of its configuration where that does not name it."""
        basedir = Path(self._master.basedir)
        if (basedir / "buildbot.tac").is_file():
            return str(basedir)
        return str(basedir / (self._master.configFileName or "master.cfg"))


def _event(begun: Begun, outcome: str) -> Administration:
    return Administration(begun.task, begun.person, outcome=outcome)


def _said(found: Inspected) -> str:
    return ", ".join(f"{level}: {found.counts.get(level, 0)}" for level in LEVELS)
