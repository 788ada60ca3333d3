"""`Renewals`: renews tokens and leases in time, by one timer for all of a scope.

What cannot be renewed now, because no server answers, is tried again, the more often the nearer its
end is. What a server refuses to renew, or gives its longest life, is left to end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.logger import Logger, LogLevel

from buildbot_keychain.errors import KeychainError
from buildbot_keychain.providers.vault.transport._responses import Refused
from buildbot_keychain.single_flight import SingleFlight

_AGAIN = 0.25
"""Of the time that is left: when a renewal that failed is tried again."""
_SHORTEST_WAIT = 0.5


class Term(Protocol):
    """What ends unless it is renewed: a token, a lease."""

    @property
    def obtained(self) -> float:
        """When it was given, in seconds."""

    @property
    def ttl(self) -> float:
        """Seconds that it lives from then; 0 for as long as it is wanted."""

    @property
    def can_be_renewed(self) -> bool:
        """Whether a renewal would gain something."""

    def due(self) -> float | None:
        """When it should be renewed."""


@dataclass(eq=False)
class _Kept:
    term: Term
    renew: Callable[[], Awaitable[Term]]
    due: float
    called: str


class Renewals:
    """What one scope has that ends.

    :param owner: how the log calls whose it is.
    :param clock: an ``IReactorTime``.
    :param flights: what renewals are made in; whoever waits for those waits for these.
    """

    log = Logger()

    def __init__(self, owner: str, clock: Any, flights: SingleFlight) -> None:  # noqa: ANN401
        self._owner = owner
        self._clock = clock
        self._flights = flights
        self._kept: dict[Hashable, _Kept] = {}
        self._timer: Any = None

    def keep(
        self, key: Hashable, term: Term, renew: Callable[[], Awaitable[Term]], called: str
    ) -> None:
        """Renew what is kept under `key` by `renew` from now on, in place of what was.

        :param renew: gives what it has become.
        :param called: how the log calls it.
        """
        self._kept.pop(key, None)
        due = term.due() if term.can_be_renewed else None
        if due is not None:
            self._kept[key] = _Kept(term, renew, due, called)
        self._schedule()

    def clear(self) -> None:
        """Renew nothing of it any more."""
        self._kept.clear()
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        waiting = [kept.due for kept in self._kept.values()]
        if waiting:
            wait = max(min(waiting) - self._clock.seconds(), 0.0)
            self._timer = self._clock.callLater(wait, self._renew_due)

    def _renew_due(self) -> None:
        now = self._clock.seconds()
        for key, kept in list(self._kept.items()):
            if kept.due <= now:
                # Not again before this attempt has come to something.
                kept.due = float("inf")
                self._begin(key, kept)
        self._schedule()

    def _begin(self, key: Hashable, kept: _Kept) -> None:
        self._flights.do(("renewal", key), lambda: self._renew(key, kept))

    async def _renew(self, key: Hashable, kept: _Kept) -> None:
        problem, renewed = "", None
        refused = False
        try:
            renewed = await kept.renew()
        except Refused as error:
            problem, refused = f"the server {error.reason}", True
        except KeychainError as error:
            problem = str(error)
        if self._kept.get(key) is not kept:
            return
        if renewed is not None:
            self.keep(key, renewed, kept.renew, kept.called)
            if not renewed.can_be_renewed:
                problem = f"it ends in {renewed.ttl:g} seconds, its longest life"
        elif refused:
            del self._kept[key]
        else:
            now = self._clock.seconds()
            left = kept.term.obtained + kept.term.ttl - now
            kept.due = now + max(left * _AGAIN, _SHORTEST_WAIT) if left > 0 else float("inf")
        self._schedule()
        if problem:
            self.log.emit(
                LogLevel.warn,
                "{called} of {owner} is not renewed: {problem}",
                called=kept.called,
                owner=self._owner,
                problem=problem,
            )
