"""`PooledAgent`: sends requests over persistent connections, with Twisted's agent.

It limits neither how many requests run at once nor how long they take: `HttpClient` does. It stands
apart because what it imports is large.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twisted.internet.defer import CancelledError, Deferred, gatherResults, succeed
from twisted.internet.interfaces import IConsumer
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IBodyProducer, IResponse
from zope.interface import implementer

from buildbot_keychain.providers.http._body import BodyCollector, decompressed
from buildbot_keychain.providers.http._connections import Connection, Endpoint
from buildbot_keychain.providers.http._messages import (
    Interrupted,
    NotSent,
    Progress,
    Request,
    RequestError,
    Response,
)
from buildbot_keychain.providers.http._names import NameResolver
from buildbot_keychain.providers.http._reasons import no_response
from buildbot_keychain.providers.http._tls import TlsContext
from buildbot_keychain.providers.http._unix_sockets import SOCKET_SCHEME, socket_path
from buildbot_keychain.workpool import WorkPool


class PooledAgent:
    """Sends requests and returns their responses.

    :param pool: threads for host names.
    :param connections: the most idle connections to one server.
    :param max_response_bytes: bytes of the largest response.
    :param connect_timeout: seconds for making a connection; ``None`` for those of the request.
    :param resends: whether a request without a body that only reads is sent again, once, when the
        server ends a persistent connection instead of answering.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's
        pool: WorkPool,
        *,
        connections: int,
        max_response_bytes: int,
        connect_timeout: float | None,
        resends: bool,
    ) -> None:
        self._reactor = reactor
        self._threads = pool
        self._size = connections
        self._max_response_bytes = max_response_bytes
        self._connect_timeout = connect_timeout
        self._resends = resends
        self._connections: dict[Connection, int] = {}
        self._tls: TlsContext | None = None
        self._pool = self._new_pool()

    async def exchange(
        self, request: Request, tls: TlsContext | None, timeout: float, progress: Progress
    ) -> Response:
        """Send a request and return the response.

        :param tls: for an ``https`` URL. Connections that were made with another one are not used
            any more.
        :param timeout: seconds, at most, for making a connection.
        :param progress: records whether the server may have seen something of the request.
        :raise RequestError: when there is no whole response.
        """
        if tls is not None and tls is not self._tls:
            self._pool.closeCachedConnections()
            self._tls, self._pool = tls, self._new_pool()
        pool = self._pool
        try:
            await self._close_stale()
            return await self._exchange(request, tls, timeout, progress, pool)
        except RequestError as error:
            if progress.is_sent and isinstance(error, NotSent):
                raise Interrupted(error.reason, timed_out=error.timed_out) from error
            raise
        finally:
            if pool is not self._pool:
                pool.closeCachedConnections()

    async def close(self) -> None:
        """Abort all connections, and wait until they are gone."""
        await gatherResults([connection.close() for connection in self._connections])
        self._pool.closeCachedConnections()

    def _new_pool(self) -> HTTPConnectionPool:
        pool = HTTPConnectionPool(self._reactor)
        pool.maxPersistentPerHost = self._size
        pool.retryAutomatically = self._resends
        return pool

    async def _close_stale(self) -> None:
        stale = [connection.close() for connection in self._connections if connection.is_stale]
        if stale:
            await gatherResults(stale)

    async def _exchange(
        self,
        request: Request,
        tls: TlsContext | None,
        timeout: float,
        progress: Progress,
        pool: HTTPConnectionPool,
    ) -> Response:
        try:
            url = _encoded(request.url)
            headers = Headers({"Accept-Encoding": ["identity"]})
            for name, value in request.headers.items():
                headers.setRawHeaders(name, [value])
            body = _Body(request.body) if request.body else None
            uri = URI.fromBytes(url)
            if uri.scheme == SOCKET_SCHEME.encode("ascii"):
                headers.setRawHeaders("Host", ["localhost"])
            endpoint = self._endpoint(uri, tls, timeout, progress)
            agent = Agent.usingEndpointFactory(self._reactor, _OneEndpoint(endpoint), pool)
            sending = agent.request(request.method.encode("ascii"), url, headers, body)
            # A persistent connection was used, and the request is written.
            progress.is_sent = progress.is_sent or not endpoint.is_used
            received = await sending
            collector = BodyCollector(self._max_response_bytes)
            received.deliverBody(collector)
            content = await collector.collected
        except (CancelledError, RequestError):
            raise
        except Exception as error:
            if progress.is_sent:
                raise no_response(error) from error
            raise NotSent(f"cannot be sent such a request ({type(error).__name__})") from error
        return self._response(received, content)

    def _endpoint(
        self, uri: URI, tls: TlsContext | None, timeout: float, progress: Progress
    ) -> Endpoint:
        host = uri.host.decode("ascii")
        is_socket = uri.scheme == SOCKET_SCHEME.encode("ascii")
        if self._connect_timeout is not None:
            timeout = min(timeout, self._connect_timeout)
        return Endpoint(
            self._reactor,
            host,
            uri.port,
            socket=socket_path(host) if is_socket else None,
            verifier=None if tls is None else tls.server_verifier(host),
            resolver=NameResolver(self._threads, timeout),
            timeout=timeout,
            progress=progress,
            connections=self._connections,
            max_response_bytes=self._max_response_bytes,
        )

    def _response(self, received: IResponse, content: bytes) -> Response:
        headers = {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in received.headers.getAllRawHeaders()
        }
        encoding = headers.pop("content-encoding", None)
        content = decompressed(content, encoding, self._max_response_bytes)
        return Response(received.code, headers, content)


@implementer(IAgentEndpointFactory)
class _OneEndpoint:
    """Gives Twisted's agent the same endpoint for every URL."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def endpointForURI(self, uri: URI) -> Endpoint:  # noqa: ARG002 - Twisted's
        return self._endpoint


@implementer(IBodyProducer)
class _Body:
    """The body of a request, which is written all at once."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.length = len(content)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._content)
        return succeed(None)

    def pauseProducing(self) -> None:
        pass

    def resumeProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        pass


def _encoded(url: str) -> bytes:
    """Return `url` in ASCII, with an international host name in its ASCII form."""
    if not url.isascii():
        parts = urlsplit(url)
        host = parts.netloc.encode("idna").decode("ascii")
        url = urlunsplit(parts._replace(netloc=host))
    return url.encode("ascii")
