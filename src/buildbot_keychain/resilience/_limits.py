"""`Concurrency` and `Rate`: how many lookups ask a provider at once, and in a second.

Whoever has to wait for longer than an answer may take is told so: that says nothing about the
provider.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import deferLater

from buildbot_keychain.deferreds import within
from buildbot_keychain.errors import NotAsked
from buildbot_keychain.resilience._queries import Ask, Query


class Concurrency:
    """At most `most` questions to one provider at once; others wait in the order of their arrival.

    :param clock: an ``IReactorTime``.
    :param patience: seconds that one may wait.
    """

    def __init__(self, clock: Any, most: int, patience: float) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self._free = most
        self._most = most
        self._patience = patience
        self._waiting: deque[Deferred[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(not turn.called for turn in self._waiting)

    async def ask(self, query: Query, behind: Ask) -> object:
        """Ask when it is the turn of `query`.

        :raise NotAsked: when that takes too long.
        """
        if self._free:
            self._free -= 1
        else:
            await self._turn(query)
        try:
            return await behind()
        finally:
            self._next()

    async def _turn(self, query: Query) -> None:
        turn: Deferred[None] = Deferred()
        self._waiting.append(turn)
        try:
            await within(self._patience, turn, self._clock)
        except DeferredTimeout as error:
            # What ends now, because of this, must not leave its place to nobody.
            turn.cancel()
            reason = f"{self._most} lookups at a time may ask it, and none of them ended within "
            reason += f"{self._patience:g} seconds"
            raise NotAsked(query.provider, query.path, reason) from error

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.called:
                turn.callback(None)
                return
        self._free += 1


class Rate:
    """At most `rate` questions a second to one provider, those of a second at once.

    :param clock: an ``IReactorTime``.
    :param patience: seconds that one may wait.
    """

    def __init__(self, clock: Any, rate: float, patience: float) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self._rate = rate
        self._patience = patience
        self._next = 0.0
        """When a question would be due if they came evenly."""
        self.waiting = 0

    async def ask(self, query: Query, behind: Ask) -> object:
        """Ask when it is the turn of `query`.

        :raise NotAsked: when that would take too long.
        """
        now = self._clock.seconds()
        due = max(now, self._next)
        wait = due - now - max(0.0, 1 - 1 / self._rate)
        if wait > self._patience:
            reason = f"{self._rate:g} lookups a second may ask it, and too many wait"
            raise NotAsked(query.provider, query.path, reason)
        self._next = due + 1 / self._rate
        if wait > 0:
            self.waiting += 1
            try:
                await deferLater(self._clock, wait)
            finally:
                self.waiting -= 1
        return await behind()
