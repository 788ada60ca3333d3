"""`Waits`: what is waited for in an outage, until whoever waits has no use for it any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.task import deferLater

from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import KeychainError


class Waits(Service):
    """Pauses and answers that parts of one master wait for.

    It is a service of the master from the first one on, whose stop ends them all.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        # What each waits for, by its id: a service is equal to another one, and changes its hash.
        self._pauses: dict[int, set[Deferred[Any]]] = {}

    @property
    def count(self) -> int:
        """How many parts wait."""
        return len(self._pauses)

    def wake(self, waiter: Any) -> None:
        """End what `waiter` waits for."""
        _end(self._pauses.get(id(waiter), ()))

    def stopService(self) -> None:
        """End all that is waited for: the master stops."""
        super().stopService()
        for pauses in list(self._pauses.values()):
            _end(pauses)

    async def answer_of(self, waiter: Any, lookup: Deferred[SecretDetails]) -> SecretDetails:
        """Return the answer of `lookup`.

        The lookup goes on when `waiter` is woken: others may wait for the same answer.

        :raise KeychainError: the one of the lookup, or one that says that it is no longer needed.
        """
        if lookup.called:
            return await lookup
        await self._join()
        answer: Deferred[SecretDetails] = Deferred()

        def answered(result: Any) -> None:
            if not answer.called:
                answer.callback(result)

        lookup.addBoth(answered)
        try:
            with self._can_be_woken(waiter, answer):
                return await answer
        except CancelledError:
            if lookup.called:  # it was cancelled by itself
                raise
        raise KeychainError("it was stopped while a secret was looked up")

    async def pause(self, waiter: Any, seconds: float, until: Deferred[Any] | None = None) -> bool:
        """Return after `seconds` that `waiter` waits on, or before that that it does not.

        :param until: ends the pause when it fires.
        """
        await self._join()
        pause: Deferred[None] = deferLater(self._master.reactor, seconds)
        if until is not None:
            until.addBoth(lambda _: pause.cancel())
        try:
            with self._can_be_woken(waiter, pause):
                await pause
        except CancelledError:
            return until is not None and until.called
        return True

    async def _join(self) -> None:
        if self.parent is None:
            await maybeDeferred(self.setServiceParent, self._master)

    @contextmanager
    def _can_be_woken(self, waiter: Any, waited_for: Deferred[Any]) -> Iterator[None]:
        pauses = self._pauses.setdefault(id(waiter), set())
        pauses.add(waited_for)
        try:
            yield
        finally:
            pauses.discard(waited_for)
            if not pauses:
                self._pauses.pop(id(waiter), None)


def _end(pauses: Iterable[Deferred[Any]]) -> None:
    for pause in list(pauses):
        pause.cancel()
