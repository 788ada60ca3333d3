"""`Renewals`: renews tokens and leases in time, by one timer for all that one owner has.

A renewal that fails because no server answers is tried again until the token or lease has ended.
One that a server refuses is not, and neither is one that has reached its longest life.

When something is renewed is decided here; the request is in ``auth._provider_token`` for the
provider's token, in ``scopes._scope`` for the token of a build or of services, and in
``scopes._leases`` for a lease.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.errors import KeychainError, ProviderError, safe_summary
from buildbot_keychain.providers.vault.renewal._term import Term
from buildbot_keychain.providers.vault.transport import VaultRefused
from buildbot_keychain.single_flight import SingleFlight

_NOT_SCHEDULED = float("inf")


class CannotBeRenewed(Exception):
    """Trying again would not help; `reason` says why, as the end of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(eq=False)
class _Entry:
    term: Term
    renew: Callable[[], Awaitable[Term]]
    label: str
    run_when_due: bool
    due: float


class Renewals:
    """The tokens and leases of one owner, each of which ends unless it is renewed.

    :param owner: what the log calls the owner.
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
        run_when_due: bool = False,
    ) -> None:
        """Renew a token or lease by `renew` from now on, in place of what was kept under `key`.

        What never ends is not kept. What cannot be renewed is not kept either, unless it is
        `run_when_due`.

        :param renew: returns the new term. It raises `VaultRefused` or `CannotBeRenewed` when
            trying again would not help; after another error it is tried again.
        :param label: what the log calls it.
        :param run_when_due: whether to call `renew` also when renewing gains nothing, since it
            gets another one then.
        """
        self._entries.pop(key, None)
        if term.due is not None and (run_when_due or term.can_be_renewed):
            self._entries[key] = _Entry(term, renew, label, run_when_due, term.due)
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
            entry.due = _NOT_SCHEDULED
            # By entry: one that is kept under the key meanwhile does not wait for this renewal.
            renewal = self._flights.do(entry, partial(self._renew, key, entry))
            renewal.addErrback(self._fail, key, entry)
        if due:
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        due = min((entry.due for entry in self._entries.values()), default=_NOT_SCHEDULED)
        if self._running and due != _NOT_SCHEDULED:
            wait = max(due - self._clock.seconds(), 0.0)
            self._timer = self._clock.callLater(wait, self.run_due)

    async def _renew(self, key: Hashable, entry: _Entry) -> None:
        renewed = await entry.renew()
        if self._entries.get(key) is not entry:
            return
        self.keep(key, renewed, entry.renew, entry.label, run_when_due=entry.run_when_due)
        if not entry.run_when_due and not renewed.can_be_renewed:
            problem = f"it ends in {renewed.ttl:g} seconds, its longest life"
            self._report(entry, f"cannot be renewed again: {problem}")

    def _fail(self, failure: Failure, key: Hashable, entry: _Entry) -> None:
        """Report why a renewal failed, and try again later unless that is final."""
        if failure.check(CancelledError) or self._entries.get(key) is not entry:
            return
        following = entry.term.next_attempt(self._clock.seconds())
        if following is None or failure.check(VaultRefused, CannotBeRenewed):
            del self._entries[key]
        else:
            entry.due = following
        self._schedule()
        self._report(entry, f"is not renewed: {_describe_failure(failure)}")

    def _report(self, entry: _Entry, problem: str) -> None:
        self.log.emit(
            LogLevel.warn,
            "{label} of {owner} {problem}",
            label=entry.label,
            owner=self._owner,
            problem=problem,
        )


def _describe_failure(failure: Failure) -> str:
    """Return what went wrong, without the provider's name: the owner is named already."""
    error = failure.value
    if isinstance(error, VaultRefused):
        return f"the server {error.reason}"
    if isinstance(error, (CannotBeRenewed, ProviderError)):
        return error.reason
    return str(error) if isinstance(error, KeychainError) else safe_summary(failure)
