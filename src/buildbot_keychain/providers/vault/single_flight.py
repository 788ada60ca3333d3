"""`SingleFlight`: what is being done already is not begun a second time.

It is no cache: when a result is there, everybody who waits gets it, and nothing is kept. What is
asked for after that is done anew, so that a secret that was changed is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


class SingleFlight:
    """What is under way, by key."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Deferred[Any]] = {}
        self._waiting: dict[Hashable, list[Deferred[Any]]] = {}

    def do(self, key: Hashable, begin: Callable[[], Coroutine[Any, Any, Any]]) -> Deferred[Any]:
        """Give the result of what is under way for `key`, or of what `begin` begins.

        Whoever waits can be cancelled without ending it for the others.
        """
        waiter: Deferred[Any] = Deferred()
        if key in self._waiting:
            self._waiting[key].append(waiter)
            return waiter
        self._waiting[key] = [waiter]
        flight = Deferred.fromCoroutine(begin())
        self._flights[key] = flight
        flight.addBoth(self._land, key)
        return waiter

    async def settled(self) -> None:
        """Wait until nothing of what is under way now is so any more."""
        for waiting in list(self._waiting.values()):
            waiter: Deferred[Any] = Deferred()
            waiting.append(waiter)
            await waiter.addErrback(lambda _: None)

    def cancel(self) -> None:
        """End all that is under way; who waits gets a ``CancelledError``."""
        for flight in list(self._flights.values()):
            flight.cancel()

    def _land(self, result: Any, key: Hashable) -> None:  # noqa: ANN401 - of any type
        self._flights.pop(key, None)
        for waiter in self._waiting.pop(key):
            if not waiter.called:
                waiter.callback(_own(result))


def _own(result: Any) -> Any:  # noqa: ANN401 - of any type
    """Give a failure of one's own: what several share, one of them may change or keep."""
    if not isinstance(result, Failure):
        return result
    return Failure(result.value, result.type)
