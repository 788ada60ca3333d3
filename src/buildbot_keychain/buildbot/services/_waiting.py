"""`WaitingRoom`: services that wait for a secret, and what lets them go on when it is there.

A service that cannot be set up at all waits outside of the master: it is not connected to, does not
poll or report, and is added as soon as its secrets are there. One that runs already goes on as it
was configured before.

Nobody waits for a service that a newer configuration no longer has, or has otherwise: whether it is
still wanted is asked of the master's configuration each time. A secret is looked up before anything
is locked; the service is set up under the lock that reconfigurations, logins and the stop of the
master take turns with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from buildbot.util.service import AsyncService
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger, LogLevel

from buildbot_keychain.buildbot.services._messages import (
    log_failure,
    name_of,
    name_of_secret,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError, SecretNotFound

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0
"""Seconds between two attempts: each pause is twice the one before, up to the longest."""

_log = Logger()


class MissingSecretsError(KeychainError):
    """A service cannot be configured, because of secrets that it needs.

    :ivar needs: their names, each with whom it is looked up for.
    """

    def __init__(self, message: str, needs: dict[str, Requester]) -> None:
        self.needs = needs
        super().__init__(message)


@dataclass(frozen=True)
class Waiter:
    """One service that waits.

    :param service: it.
    :param error: what it needs, and why that is not there.
    :param is_wanted: returns whether the configuration still asks for it.
    :param set_up: sets it up, or fails.
    """

    service: Any
    error: MissingSecretsError
    is_wanted: Callable[[], bool]
    set_up: Callable[[], Any]


class WaitingRoom(AsyncService):
    """The services of one master that wait. It is a child of the master as soon as one does.

    :param look_up: looks a secret up for a requester.
    :param on_change: called when others wait than before.
    """

    name = "keychain"

    def __init__(
        self,
        master: Any,
        look_up: Callable[[str, Requester], Deferred[SecretDetails]],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._master = master
        self._look_up = look_up
        self._on_change = on_change
        self._waiters: dict[int, Waiter] = {}
        self._pause = FIRST_PAUSE
        self._timer: Any = None
        self._retrying = False

    @property
    def waiting(self) -> tuple[str, ...]:
        """One sentence for each service that waits: who needs what, and why it is not there."""
        return tuple(str(w.error) for w in self._waiters.values() if w.is_wanted())

    @property
    def shown(self) -> tuple[str, ...]:
        """The same for pages, which strangers may read: without the reasons."""
        return tuple(
            f"{name_of(w.service)} waits for {', '.join(map(name_of_secret, w.error.needs))}"
            for w in self._waiters.values()
            if w.is_wanted()
        )

    @returns_deferred
    async def add(self, waiter: Waiter) -> None:
        """Have a service wait; say so if it is new, or waits for something else."""
        former = self._waiters.get(id(waiter.service))
        if former is None or str(former.error) != str(waiter.error):
            _log.emit(LogLevel.warn, "{sentence}", sentence=str(waiter.error))
        if former is None:
            self._pause = FIRST_PAUSE
        self._waiters[id(waiter.service)] = waiter
        self._on_change()
        if self.parent is None:
            await maybeDeferred(self.setServiceParent, self._master)
        self._schedule()

    def discard(self, service: Any) -> None:
        """Note that a service need not wait any more."""
        if self._waiters.pop(id(service), None) is not None:
            self._on_change()

    def stopService(self) -> Any:
        """Wait no longer."""
        self._waiters.clear()
        self._schedule()
        return super().stopService()

    def _schedule(self) -> None:
        """Set the timer if there is something to wait for and nothing is under way."""
        if self._waiters and self._timer is None and not self._retrying and self.running:
            self._timer = self._master.reactor.callLater(self._pause, self._time_is_up)
        elif not self._waiters and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self) -> None:
        self._timer = None
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self.retry()

    @returns_deferred
    async def retry(self) -> None:
        """Set up every service whose secrets are there; never fails."""
        if self._retrying:
            return
        self._retrying = True
        try:
            for waiter in list(self._waiters.values()):
                await self._try_again(waiter)
        finally:
            self._retrying = False
            self._schedule()

    async def _try_again(self, waiter: Waiter) -> None:
        if waiter.is_wanted() and await self._can_be_set_up(waiter):
            await self._master.initLock.acquire()
            try:
                # Much may have happened meanwhile.
                if self._waits(waiter) and waiter.is_wanted():
                    await maybeDeferred(waiter.set_up)
            except Exception:  # noqa: BLE001 - logged without its message
                self.discard(waiter.service)
                log_failure(repr(waiter.service.name), "could not be set up")
            finally:
                self._master.initLock.release()
        if self._waits(waiter) and not waiter.is_wanted():
            self.discard(waiter.service)

    def _waits(self, waiter: Waiter) -> bool:
        return self._waiters.get(id(waiter.service)) is waiter

    async def _can_be_set_up(self, waiter: Waiter) -> bool:
        """Return whether it is worth an attempt: something is there that was not.

        A secret that still no provider has may have a default, and so need not be there.
        """
        found = False
        for name, requester in waiter.error.needs.items():
            try:
                await self._look_up(name, requester)
            except SecretNotFound:
                continue
            except Exception:  # noqa: BLE001 - it is as it was
                return False
            found = True
        return found
