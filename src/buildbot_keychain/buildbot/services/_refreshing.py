"""`Refresher`: calls for a check of what services hold, again and again.

Files are cheap to read, so those that hold secrets are looked at every few seconds; other stores
are asked as often as the configuration says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot_keychain.deferreds import returns_deferred

FILE_INTERVAL = 5.0
"""Seconds between two looks at files, unless everything is to be checked more often."""


class Refresher:
    """A timer that may be set, changed and stopped.

    :param check: checks only files if its argument is true; returns an awaitable. What it raises is
        logged, and is not the end.
    """

    def __init__(self, check: Callable[[bool], Any]) -> None:
        self._check = check
        self._interval: float | None = None
        self._reactor: Any = None
        self._timer: Any = None
        self._last = 0.0

    def set(self, interval: float | None, reactor: Any) -> None:
        """Check everything each `interval` seconds, or nothing any more if it is ``None``."""
        if interval == self._interval:
            return
        self.stop()
        self._interval, self._reactor = interval, reactor
        self._last = reactor.seconds()
        self._schedule()

    def stop(self) -> None:
        """Check nothing any more."""
        self._interval = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        if self._interval is not None and self._timer is None:
            pause = min(self._interval, FILE_INTERVAL)
            self._timer = self._reactor.callLater(pause, self._time_is_up)

    @returns_deferred
    async def _time_is_up(self) -> None:
        self._timer = None
        if self._interval is None:
            return
        now = self._reactor.seconds()
        files_only = now - self._last < self._interval
        if not files_only:
            self._last = now
        try:
            await self._check(files_only)
        finally:
            self._schedule()
