"""`LaterWrites`: what is recorded of builds is written behind them, many things at once.

What must be there should the master be killed is written right after the turn of the reactor in
which it is told. All else waits for that, for the end of a build, or for a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred

PAUSE = 1.0
"""Seconds."""


class LaterWrites(Service):
    """Calls, later, what writes to the database of one master.

    It is a service of the master from the first one on that may wait; when it stops, nothing waits
    any longer.

    :param master: Buildbot's ``BuildMaster``.
    """

    name = "keychain-later-writes"

    def __init__(self, master: Any) -> None:
        self._master = master
        self._waiting: list[Callable[[], object]] = []
        self._call: Any = None
        self._writing: set[Deferred[object]] = set()

    def soon(self, write: Callable[[], object]) -> None:
        """Call `write`, and all that waits, when what happens now is over."""
        self._put(write, 0.0)

    def within_a_second(self, write: Callable[[], object]) -> None:
        """Call `write` with the next that is called soon, but not later than in a second."""
        if self.parent is None:
            maybeDeferred(self.setServiceParent, self._master)
        self._put(write, PAUSE if self.running else 0.0)

    def stopService(self) -> Deferred[Any]:
        """Call what waits; the Deferred fires when all is written."""
        super().stopService()
        self._write()
        return Deferred.fromCoroutine(self._written())

    def _put(self, write: Callable[[], object], seconds: float) -> None:
        self._waiting.append(write)
        if self._call is None:
            self._call = self._master.reactor.callLater(seconds, self._write)
        elif self._call.getTime() > self._master.reactor.seconds() + seconds:
            self._call.reset(seconds)

    def _write(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None
        waiting, self._waiting = self._waiting, []
        for write in waiting:
            writing = maybeDeferred(write)
            self._writing.add(writing)
            writing.addBoth(self._has_ended, writing)

    def _has_ended(self, result: object, writing: Deferred[object]) -> object:
        self._writing.discard(writing)
        return result

    async def _written(self) -> None:
        while self._writing:
            await next(iter(self._writing))
