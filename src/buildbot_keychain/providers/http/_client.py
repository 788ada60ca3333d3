"""`HttpClient`: sends requests, a few at a time, each within a deadline."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, fail
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure

from buildbot_keychain.providers.http._messages import (
    Interrupted,
    NotSent,
    Progress,
    Request,
    RequestError,
    Response,
)
from buildbot_keychain.providers.http._reasons import NO_CONNECTION, TIMED_OUT
from buildbot_keychain.providers.http._tls import TlsContext, TlsFiles
from buildbot_keychain.single_flight import SingleFlight
from buildbot_keychain.workpool import WorkPool

_CLOSED = "was not waited for: the client has been closed"
_BUSY = "was not asked: all connections were in use until the deadline"
_NO_TIME = "was not asked: no time was left"
_SLOW_FILES = "was not asked: the files for TLS could not be read in time"


class HttpClient:
    """Sends requests to servers, at most `connections` at once; others wait.

    :param reactor: Twisted's.
    :param tls: the files for ``https``; they are read when the first such request is sent, and
        again when they have changed.
    :param pool: threads for reading these files and resolving host names. It is not stopped here.
    :param connections: the most requests at once, and the most idle connections to each server.
    :param max_response_bytes: bytes of the largest response, compressed or not.
    :param connect_timeout: seconds for making a connection: name, TCP and TLS together. ``None``
        for as long as the request may take.
    :param resends: whether a request without a body that only reads (``GET``, ``HEAD``) is sent
        again, once, when the server ends a persistent connection instead of answering. Not for
        servers where reading has effects.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's
        tls: TlsFiles,
        *,
        pool: WorkPool,
        connections: int,
        max_response_bytes: int,
        connect_timeout: float | None = None,
        resends: bool = False,
    ) -> None:
        from buildbot_keychain.providers.http._agent import (  # noqa: PLC0415 - its imports are large
            PooledAgent,
        )

        self._reactor = reactor
        self._files = tls
        self._threads = pool
        self._slots = DeferredSemaphore(connections)
        self._agent = PooledAgent(
            reactor,
            pool,
            connections=connections,
            max_response_bytes=max_response_bytes,
            connect_timeout=connect_timeout,
            resends=resends,
        )
        self._stamp: tuple[object, ...] = ()
        self._context: TlsContext | None = None
        self._loading = SingleFlight()
        self._attempts: set[_Attempt] = set()
        self._is_closed = False

    def send(self, request: Request, timeout: float) -> Deferred[Response]:
        """Send a request, and return a Deferred of the response, whatever its status is.

        Redirects are not followed, and nothing is kept of a response. Cancelling the Deferred
        closes the connection at once.

        :param timeout: seconds for the whole: waiting for a connection, resolving the name,
            connecting, sending, and receiving the whole response.
        :raise RequestError: when there is no whole response.
        """
        if self._is_closed:
            return fail(NotSent(_CLOSED))
        if timeout <= 0:
            return fail(NotSent(_NO_TIME, timed_out=True))
        attempt = _Attempt(self._reactor, timeout)
        self._attempts.add(attempt)
        attempt.result.addBoth(self._forget, attempt)
        attempt.begin(Deferred.fromCoroutine(self._exchange(request, timeout, attempt)))
        return attempt.result

    def close(self) -> Deferred[None]:
        """Fail all requests; return a Deferred that fires when no connection is left."""
        self._is_closed = True
        for attempt in list(self._attempts):
            attempt.fail(_CLOSED)
        self._loading.cancel()
        return Deferred.fromCoroutine(self._agent.close())

    def _forget(self, result: Any, attempt: _Attempt) -> Any:  # noqa: ANN401 - passed through
        self._attempts.discard(attempt)
        return result

    async def _exchange(self, request: Request, timeout: float, attempt: _Attempt) -> Response:
        await self._slots.acquire()
        try:
            attempt.unsent_reason = NO_CONNECTION
            tls = None
            if request.url.startswith("https:"):
                tls = await self._current_context(timeout)
            return await self._agent.exchange(request, tls, timeout, attempt.progress)
        finally:
            self._slots.release()

    async def _current_context(self, timeout: float) -> TlsContext:
        """Return the loaded files, which are loaded again when they have changed."""
        try:
            stamp: tuple[object, ...] = ()
            if self._files.paths:
                stamp = await self._threads.run(timeout, self._files.stamp)
            if self._context is not None and stamp == self._stamp:
                return self._context
            context: TlsContext = await self._loading.do(stamp, partial(self._load, stamp, timeout))
        except DeferredTimeout as error:
            raise NotSent(_SLOW_FILES, timed_out=True) from error
        return context

    async def _load(self, stamp: tuple[object, ...], timeout: float) -> TlsContext:
        context = await self._threads.run(timeout, self._files.load)
        self._stamp, self._context = stamp, context
        return context


class _Attempt:
    """One call of `HttpClient.send`.

    It ends once: with the result of its work, at its deadline, when its caller cancels it, or when
    the client is closed.
    """

    def __init__(self, reactor: Any, timeout: float) -> None:  # noqa: ANN401 - Twisted's
        self.progress = Progress()
        self.unsent_reason = _BUSY
        self.result: Deferred[Response] = Deferred(lambda _: self._end())
        self._work: Deferred[Response] | None = None
        self._is_over = False
        self._timer = reactor.callLater(timeout, self._expire)

    def begin(self, work: Deferred[Response]) -> None:
        """Set the work whose result it ends with."""
        self._work = work
        work.addBoth(self._finish)

    def fail(self, reason: str, *, timed_out: bool = False) -> None:
        """End it with an error, and cancel the work."""
        if not self._is_over:
            self._end()
            kind: type[RequestError] = Interrupted if self.progress.is_sent else NotSent
            self.result.errback(kind(reason, timed_out=timed_out))

    def _expire(self) -> None:
        reason = TIMED_OUT if self.progress.is_sent else self.unsent_reason
        self.fail(reason, timed_out=True)

    def _finish(self, result: Response | Failure) -> None:
        if self._is_over:
            return
        self._end()
        if isinstance(result, Failure) and result.check(CancelledError):
            result = Failure(NotSent(_CLOSED))
        self.result.callback(result)

    def _end(self) -> None:
        self._is_over = True
        if self._timer.active():
            self._timer.cancel()
        if self._work is not None:
            self._work.cancel()
