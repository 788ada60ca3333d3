"""`Connection`: asks whichever of the servers answers, in threads, within a deadline.

How a request is made (`Connection.call`):

1. A thread of a pool of our own runs the work: a function that is given an ``hvac.Client`` with
   the token. One attempt may take a third of the time that there is, so that a server that hangs
   leaves some for the others.
2. What a server has certainly not done (it was not reached, is sealed, is a standby, has used up a
   quota, fails) is asked of the next address; so is what it may have done, where doing it twice
   is as good as once (``repeatable``).
3. When every address has been tried, a pause: as long as ``Retry-After`` says, or a random time
   whose bound doubles. Then again, while there is time.
4. A redirect is followed to a listed address, never to another: the token would go with it.

The address that answered last is asked first. No thread waits during a pause.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import deferLater

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.vault.transport._addresses import Address, redirected_to
from buildbot_keychain.providers.vault.transport._channel import Channel, Piece
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import (
    ELSEWHERE,
    Interrupted,
    NotSent,
    Refusal,
    Refused,
    Trouble,
)
from buildbot_keychain.providers.vault.transport._tls import Trust
from buildbot_keychain.workpool import WorkPool

Work = Callable[[Any], Any]
"""What is done in a thread: takes an ``hvac.Client``, gives what it likes, raises `Trouble`."""

_ATTEMPTS = 3
_SHORTEST_ATTEMPT = 1.0
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


@dataclass
class _Tried:
    """What came of asking the addresses: since the last pause, and the last that each has told."""

    troubles: dict[Address, Trouble] = field(default_factory=dict)
    telling: dict[Address, Trouble] = field(default_factory=dict)

    def note(self, address: Address, trouble: Trouble, *, in_time: bool) -> None:
        self.troubles[address] = trouble
        # That the time was over in the last attempt tells less than what came before.
        if in_time or address not in self.telling:
            self.telling[address] = trouble

    def reason(self) -> str:
        return "; ".join(f"{address} {told(t)}" for address, t in self.telling.items())


class Connection:
    """The servers of one configuration.

    :param addresses: in the order in which they are tried.
    :param namespace: the namespace that every path is in, if there are any.
    :param size: the most connections at once, each with a thread.
    :param name: what the threads are called.
    :param reactor: ``IReactorTime`` and ``IReactorFromThreads``.
    """

    def __init__(
        self,
        addresses: tuple[Address, ...],
        trust: Trust,
        *,
        namespace: str | None,
        size: int,
        name: str,
        reactor: Any,  # noqa: ANN401 - two interfaces
    ) -> None:
        self._addresses = addresses
        self._trust = trust
        self._namespace = namespace
        self._reactor = reactor
        self._pool = WorkPool(reactor, size, f"keychain-{name}")
        self._first = addresses[0]
        self._channels: list[Channel] = []
        # The channel of a thread, and its clients by address.
        self._own = threading.local()
        self._stopped = False

    async def call(
        self, lookup: Lookup, work: Work, *, token: str = "", repeatable: bool = True
    ) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do `work` with one of the servers.

        :param token: what its requests are authorised by; none for a login.
        :param repeatable: whether doing it twice is as good as once, as it is for reading.
        :raise Refused: when a server refuses for good: no permission, no such path.
        :raise ProviderUnavailable: when no server did it in time.
        """
        address, bound, tried = self._first, _FIRST_PAUSE, _Tried()
        while True:
            outcome = await self._attempt(address, lookup, work, token)
            if not isinstance(outcome, Trouble):
                self._first = address
                return outcome[0]
            if isinstance(outcome, Refused) and outcome.refusal not in ELSEWHERE:
                self._first = address
                raise outcome
            tried.note(address, outcome, in_time=lookup.remaining() > 0)
            if not repeatable and not _is_undone(outcome):
                reason = f"{tried.reason()}; it is not tried again, for it may have been done"
                raise lookup.unavailable(reason)
            following = self._following(outcome, tried)
            if following is None:
                pause = self._pause(tried, bound)
                bound = min(2 * bound, _LONGEST_PAUSE)
                if pause >= lookup.remaining() or self._leads_astray(tried):
                    raise self._given_up(lookup, tried)
                await deferLater(self._reactor, pause)
                following = self._first
                tried.troubles.clear()
            address = following

    async def run(self, lookup: Lookup, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - the same
        """Do something else that blocks, such as reading a file, in one of the threads.

        :raise DeadlineExceeded: when it took too long.
        """
        try:
            return await self._pool.run(lookup.remaining(), work)
        except DeferredTimeout:
            pass
        raise lookup.late("all connections are busy, or a file system hangs")

    def stop(self) -> None:
        """End all requests, and let threads and connections go."""
        self._stopped = True
        self._pool.stop()
        for channel in self._channels:
            channel.close()

    async def _attempt(
        self, address: Address, lookup: Lookup, work: Work, token: str
    ) -> tuple[Any] | Trouble:
        piece = Piece(max(lookup.seconds / _ATTEMPTS, _SHORTEST_ATTEMPT))
        try:
            return await self._pool.run(
                lookup.remaining(), lambda: self._work(piece, address, work, token)
            )
        except DeferredTimeout:
            return Interrupted("did not answer in time")
        finally:
            piece.abort()

    def _work(self, piece: Piece, address: Address, work: Work, token: str) -> tuple[Any] | Trouble:
        """Do `work` in this thread; nothing that it raises gets out: that may hold anything."""
        trouble: Trouble
        try:
            client = self._client(address)
            with self._own.channel.serving(piece):
                client.token = token
                try:
                    return (work(client),)
                finally:
                    client.token = ""
        except Trouble as error:
            trouble = error.with_traceback(None)
            trouble.__context__ = None
        except Exception as error:  # noqa: BLE001 - told without a word of what it says
            trouble = Interrupted(
                f"gave an answer that nobody understands ({type(error).__name__})"
            )
        return trouble

    def _client(self, address: Address) -> Any:  # noqa: ANN401 - hvac has no types
        if not hasattr(self._own, "channel"):
            self._own.channel = Channel(self._trust)
            self._own.clients = {}
            self._channels.append(self._own.channel)
            if self._stopped:
                self._own.channel.close()
        if address not in self._own.clients:
            # Here, so that this package can be imported without hvac.
            from buildbot_keychain.providers.vault.transport._client import client_of  # noqa: PLC0415

            self._own.clients[address] = client_of(address, self._own.channel, self._namespace)
        return self._own.clients[address]

    def _following(self, trouble: Trouble, tried: _Tried) -> Address | None:
        """Give the address to try next, or ``None`` when each has been tried."""
        left = [address for address in self._addresses if address not in tried.troubles]
        if isinstance(trouble, Refused) and trouble.location:
            target = redirected_to(trouble.location, self._addresses)
            if target in left:
                return target
        return left[0] if left else None

    def _pause(self, tried: _Tried, bound: float) -> float:
        wishes = [t.retry_after for t in tried.troubles.values() if isinstance(t, Refused)]
        wished = [wish for wish in wishes if wish is not None]
        # Half of it at least: many lookups that fail at once are not to come back at once.
        drawn = bound * (1 + random.random()) / 2  # noqa: S311 - no secret depends on it
        return max(drawn, min(wished)) + drawn / 4 if wished else drawn

    def _leads_astray(self, tried: _Tried) -> bool:
        return all(
            isinstance(t, Refused)
            and t.refusal is Refusal.REDIRECT
            and redirected_to(t.location or "", self._addresses) is None
            for t in tried.troubles.values()
        )

    def _given_up(self, lookup: Lookup, tried: _Tried) -> ProviderError:
        if self._leads_astray(tried):
            reason = f"{tried.reason()}, which vault_server does not list; add it if it is yours"
            return lookup.denied(reason)
        if all(isinstance(trouble, Interrupted) for trouble in tried.telling.values()):
            return lookup.late(tried.reason())
        return lookup.unavailable(tried.reason())


def _is_undone(trouble: Trouble) -> bool:
    """Tell whether the server has certainly not done what it was asked."""
    if isinstance(trouble, Refused):
        return trouble.refusal is not Refusal.FAILING
    return isinstance(trouble, NotSent)


def told(trouble: Trouble) -> str:
    """Say what came of a request, with the host of a redirect but not its path."""
    if isinstance(trouble, Refused) and trouble.location:
        host = trouble.location.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return f"{trouble.reason}: {host[:200]!r}"
    return trouble.reason
