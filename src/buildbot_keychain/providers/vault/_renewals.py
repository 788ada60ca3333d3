"""`Renewals`: renews tokens and leases in time, by one timer for all that one owner has.

What cannot be renewed now, because no server answers, is tried again until it ends. What a server
refuses to renew, or has given its longest life, is left to end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError, safe_summary
from buildbot_keychain.providers.vault._term import Term
from buildbot_keychain.providers.vault.transport import VaultRefused
from buildbot_keychain.single_flight import SingleFlight

_IN_PROGRESS = float("inf")


class CannotBeRenewed(Exception):
    """It ends, whatever is tried; `reason` is the end of a sentence about it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(eq=False)
class _Entry:
    term: Term
    renew: Callable[[], Awaitable[Term]]
    label: str
    replaceable: bool
    due: float


class Renewals:
    """What one owner has that ends unless it is renewed.

    :param owner: how the log calls the owner.
    :param clock: an ``IReactorTime``.
    :param flights: the runs that are in progress; a renewal is one of them.
    :param running: whether to renew by a timer from now on, or only when `run_due` is called.
    """

    log = Logger()

    def __init__(
        self,
        owner: str,
        clock: Any,  # noqa: ANN401 - an IReactorTime
        flights: SingleFlight,
        *,
        running: bool = True,
    ) -> None:
        self._owner = owner
        self._clock = clock
        self._flights = flights
        self._running = running
        self._entries: dict[Hashable, _Entry] = {}
        self._timer: Any = None

    def keep(
        self,
        key: Hashable,
        term: Term,
        renew: Callable[[], Awaitable[Term]],
        label: str,
        *,
        replaceable: bool = False,
    ) -> None:
        """Renew what is kept under `key` by `renew` from now on, in place of what was there.

        :param renew: returns the term that it has afterwards. It raises `VaultRefused` or
            `CannotBeRenewed` where it must be left to end, a `KeychainError` to be tried again.
        :param label: how the log calls it.
        :param replaceable: whether `renew` also gets another one where renewing gains nothing.
        """
        self._entries.pop(key, None)
        if term.due is not None and (replaceable or term.can_be_renewed):
            self._entries[key] = _Entry(term, renew, label, replaceable, term.due)
        self._schedule()

    def start(self) -> None:
        """Renew by a timer from now on."""
        self._running = True
        self._schedule()

    def stop(self) -> None:
        """Forget everything, and renew by a timer no longer."""
        self._running = False
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._schedule()

    def run_due(self) -> None:
        """Begin the renewals that are due; nobody waits for them."""
        now = self._clock.seconds()
        due = [(key, entry) for key, entry in self._entries.items() if entry.due <= now]
        for key, entry in due:
            entry.due = _IN_PROGRESS
            self._begin(key, entry)
        if due:
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        due = min((entry.due for entry in self._entries.values()), default=_IN_PROGRESS)
        if self._running and due != _IN_PROGRESS:
            wait = max(due - self._clock.seconds(), 0.0)
            self._timer = self._clock.callLater(wait, self.run_due)

    def _begin(self, key: Hashable, entry: _Entry) -> None:
        renewal = self._flights.do(("renewal", key), lambda: self._renew(key, entry))
        renewal.addErrback(self._report_failure, entry)

    async def _renew(self, key: Hashable, entry: _Entry) -> None:
        problem, is_final, renewed = "", False, None
        try:
            renewed = await entry.renew()
        except VaultRefused as error:
            problem, is_final = f"the server {error.reason}", True
        except CannotBeRenewed as error:
            problem, is_final = error.reason, True
        except KeychainError as error:
            problem = str(error)
        if self._entries.get(key) is not entry:
            return
        if renewed is not None:
            self.keep(key, renewed, entry.renew, entry.label, replaceable=entry.replaceable)
            if not entry.replaceable and not renewed.can_be_renewed:
                problem = f"it ends in {renewed.ttl:g} seconds, its longest life"
        else:
            following = None if is_final else entry.term.next_attempt(self._clock.seconds())
            if following is None:
                del self._entries[key]
            else:
                entry.due = following
            self._schedule()
        if problem:
            self._report(entry, problem)

    def _report_failure(self, failure: Failure, entry: _Entry) -> None:
        if not failure.check(CancelledError):
            self._report(entry, safe_summary(failure))

    def _report(self, entry: _Entry, problem: str) -> None:
        self.log.emit(
            LogLevel.warn,
            "{label} of {owner} is not renewed: {problem}",
            label=entry.label,
            owner=self._owner,
            problem=problem,
        )
