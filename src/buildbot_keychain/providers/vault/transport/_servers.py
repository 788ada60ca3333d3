"""`VaultServers`: sends a request to whichever of the servers answers, within a deadline.

How a request is sent (`VaultServers.send`):

1. One attempt may take a third of the time that the lookup has, so that a server that hangs leaves
   some for the others.
2. What a server has certainly not done (it was not reached, is sealed, is a standby, is over a
   quota, fails) is asked of the next address; so is what it may have done, where doing it twice
   is as good as once (``repeatable``).
3. When every address has been tried, there is a pause: as long as ``Retry-After`` says, or a random
   time whose bound doubles. Then it begins again, while there is time.
4. A redirect is followed to a listed address, never to another: the token would go with it.

The address that answered last is asked first. No thread waits during a pause.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import DeferredSemaphore
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import deferLater

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.http import (
    HttpClient,
    Interrupted,
    NotSent,
    Request,
    RequestError,
    TlsFiles,
    UntrustedServer,
    UnusableTlsFiles,
)
from buildbot_keychain.providers.vault.transport._addresses import Address, redirect_target
from buildbot_keychain.providers.vault.transport._api import ApiRequest, VaultApi
from buildbot_keychain.providers.vault.transport._request_context import RequestContext
from buildbot_keychain.providers.vault.transport._responses import (
    TEMPORARY,
    VaultRefusal,
    VaultRefused,
    parse_response,
)
from buildbot_keychain.workpool import PoolState, WorkPool

T = TypeVar("T")

MAX_RESPONSE_BYTES = 8 << 20
"""An entry of KV is at most one megabyte."""

_ATTEMPTS = 3
_SHORTEST_ATTEMPT = 1.0
_CONNECT_TIMEOUT = 5.0
_THREADS = 4
"""For host names, files, signatures, and importing hvac."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0

_Failure = RequestError | VaultRefused


class VaultServers:
    """The servers of one configuration.

    :param addresses: in the order in which they are tried.
    :param namespace: the namespace that every path is in, if there is one.
    :param tls: the files for ``https``.
    :param connections: the most requests at once.
    :param name: what threads are called.
    :param reactor: Twisted's.
    :ivar api: builds the requests.
    """

    def __init__(
        self,
        addresses: tuple[Address, ...],
        tls: TlsFiles,
        *,
        namespace: str | None,
        connections: int,
        name: str,
        reactor: Any,  # noqa: ANN401 - Twisted's
    ) -> None:
        self.api = VaultApi(namespace)
        self._addresses = addresses
        self._reactor = reactor
        self._pool = WorkPool(reactor, _THREADS, f"keychain-{name}")
        self._client = HttpClient(
            reactor,
            tls,
            pool=self._pool,
            connections=connections,
            max_response_bytes=MAX_RESPONSE_BYTES,
            connect_timeout=_CONNECT_TIMEOUT,
        )
        # The client would count the time that a request waits for a connection as an attempt's.
        self._slots = DeferredSemaphore(connections)
        self._preferred = addresses[0]
        self._is_stopped = False
        self.is_ready = False

    async def prepare(self, context: RequestContext) -> None:
        """Import hvac in a thread; needed before the first request is built."""
        await self.run(context, lambda: self.api.hvac)
        self.is_ready = True

    async def send(
        self,
        context: RequestContext,
        request: ApiRequest,
        token: str = "",
        *,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        """Return what one of the servers answers.

        :param token: what authorises the request; none for a login.
        :param repeatable: whether doing it twice is as good as once, as it is for reading.
        :raise VaultRefused: when a server refuses for good: no permission, no such path.
        :raise ProviderUnavailable: when no server did it in time.
        """
        attempts: _Attempts | None = None
        address = self._preferred
        while True:
            try:
                answer = await self._attempt(address, context, request, token)
            except (RequestError, VaultRefused) as failure:
                if isinstance(failure, VaultRefused) and failure.refusal not in TEMPORARY:
                    self._preferred = address
                    raise
                attempts = attempts or _Attempts(self._addresses)
                attempts.note(address, failure, in_time=context.remaining() > 0)
                if not repeatable and not _is_undone(failure):
                    reason = f"{attempts.reason()}; it is not retried, for it may have been done"
                    raise context.unavailable(reason) from failure
                following = attempts.following(failure)
            else:
                self._preferred = address
                return answer
            address = following or await self._pause(context, attempts)

    async def run(self, context: RequestContext, work: Callable[[], T]) -> T:
        """Call `work`, which blocks, such as reading a file, in a thread.

        :raise DeadlineExceeded: when it took too long.
        """
        try:
            return await self._pool.run(context.remaining(), work)
        except DeferredTimeout as error:
            raise context.timed_out("all threads are busy, or a file system hangs") from error

    @property
    def pool_state(self) -> PoolState:
        """What its threads do now."""
        return self._pool.state

    async def stop(self) -> None:
        """End all requests, and let threads and connections go."""
        self._is_stopped = True
        await self._client.close()
        self._pool.stop()

    async def _attempt(
        self, address: Address, context: RequestContext, request: ApiRequest, token: str
    ) -> dict[str, Any]:
        waiting = self._slots.acquire()
        if not waiting.called:
            waiting.addTimeout(context.remaining(), self._reactor)
        try:
            await waiting
        except DeferredTimeout as error:
            msg = "was not asked in time: all connections are in use"
            raise _NoConnectionFree(msg, timed_out=True) from error
        headers = {**request.headers, "X-Vault-Token": token} if token else request.headers
        seconds = max(context.seconds / _ATTEMPTS, _SHORTEST_ATTEMPT)
        try:
            response = await self._client.send(
                Request(request.method, f"{address.url}{request.target}", headers, request.body),
                min(seconds, context.remaining()),
            )
        finally:
            self._slots.release()
        return parse_response(response)

    async def _pause(self, context: RequestContext, attempts: _Attempts) -> Address:
        """Wait until the addresses may be tried again, and return the first one to try."""
        pause = attempts.pause()
        if pause >= context.remaining() or attempts.lead_astray() or self._is_stopped:
            raise attempts.final_error(context)
        await deferLater(self._reactor, pause)
        attempts.begin_again()
        return self._preferred


class _NoConnectionFree(NotSent):
    """The request waited for a connection until its time was over."""


class _Attempts:
    """The attempts at one request: what failed since the last pause, and what to report."""

    def __init__(self, addresses: tuple[Address, ...]) -> None:
        self._addresses = addresses
        self._failures: dict[Address, _Failure] = {}
        self._reported: dict[Address, _Failure] = {}
        self._bound = _FIRST_PAUSE

    def note(self, address: Address, failure: _Failure, *, in_time: bool) -> None:
        self._failures[address] = failure
        # That the time ran out in the last attempt says less than what came before it.
        if in_time or address not in self._reported:
            self._reported[address] = failure

    def following(self, failure: _Failure) -> Address | None:
        """Return the address to try next, or ``None`` when each has been tried."""
        left = [address for address in self._addresses if address not in self._failures]
        if isinstance(failure, VaultRefused) and failure.location:
            target = redirect_target(failure.location, self._addresses)
            if target in left:
                return target
        return left[0] if left else None

    def pause(self) -> float:
        """Return the seconds to wait before the next round."""
        hints = [f.retry_after for f in self._failures.values() if isinstance(f, VaultRefused)]
        wanted = [hint for hint in hints if hint is not None]
        # Half of it at least: many lookups that fail at once must not come back at once.
        drawn = self._bound * (1 + random.random()) / 2  # noqa: S311 - no secret depends on it
        return max(drawn, min(wanted)) + drawn / 4 if wanted else drawn

    def begin_again(self) -> None:
        self._bound = min(2 * self._bound, _LONGEST_PAUSE)
        self._failures.clear()

    def lead_astray(self) -> bool:
        """Return whether each server redirects to one that is not listed."""
        return all(
            isinstance(f, VaultRefused)
            and f.refusal is VaultRefusal.REDIRECT
            and redirect_target(f.location or "", self._addresses) is None
            for f in self._failures.values()
        )

    def reason(self) -> str:
        return "; ".join(
            f"{address} {_describe_failure(f)}" for address, f in self._reported.items()
        )

    def final_error(self, context: RequestContext) -> ProviderError:
        if self.lead_astray():
            reason = f"{self.reason()}, which vault_server does not list; add it if it is yours"
            return context.denied(reason)
        failures = self._reported.values()
        if all(isinstance(f, Interrupted) or getattr(f, "timed_out", False) for f in failures):
            return context.timed_out(self.reason())
        return context.unavailable(self.reason())


def _is_undone(failure: _Failure) -> bool:
    """Return whether the server has certainly not done what it was asked."""
    if isinstance(failure, VaultRefused):
        return failure.refusal is not VaultRefusal.FAILING
    return isinstance(failure, NotSent)


def _describe_failure(failure: _Failure) -> str:
    """Return what failed, with the host of a redirect but not its path, and what to do."""
    if isinstance(failure, VaultRefused) and failure.location:
        host = failure.location.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return f"{failure.reason}: {host[:200]!r}"
    if isinstance(failure, UntrustedServer):
        hint = "set ca_bundle to the certificate of its authority, or correct the host's name"
        return f"{failure.reason}; {hint}"
    if isinstance(failure, UnusableTlsFiles):
        return f"cannot be asked: {failure.reason}"
    if not isinstance(failure, NotSent) or isinstance(failure, _NoConnectionFree):
        return failure.reason
    hint = "" if failure.answered else "; is it running, and is the address right?"
    return f"{failure.reason}{hint}"
