"""`LaterWrites`: what is recorded of builds is written behind them, many things at once.

What must be there should the master be killed is written right after the turn of the reactor in
which it is told. All else waits for that, for the end of a build, or for a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred

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

    def soon(self, write: Callable[[], object]) -> None:
        """Call `write`, and all that waits, when what happens now is over."""
        self._put(write, 0.0)

    def within_a_second(self, write: Callable[[], object]) -> None:
        """Call `write` with the next that is called soon, but not later than in a second."""
        if self.parent is None:
            maybeDeferred(self.setServiceParent, self._master)
        self._put(write, PAUSE if self.running else 0.0)

    def stopService(self) -> Deferred[Any]:
        """Call what waits; the Deferred fires when it is written."""
        super().stopService()
        return gatherResults(map(maybeDeferred, self._taken()))

    def _put(self, write: Callable[[], object], seconds: float) -> None:
        self._waiting.append(write)
        if self._call is None:
            self._call = self._master.reactor.callLater(seconds, self._write)
        elif self._call.getTime() > self._master.reactor.seconds() + seconds:
            self._call.reset(seconds)

    def _write(self) -> None:
        self._call = None
        for write in self._taken():
            write()

    def _taken(self) -> list[Callable[[], object]]:
        if self._call is not None:
            self._call.cancel()
            self._call = None
        waiting, self._waiting = self._waiting, []
        return waiting
