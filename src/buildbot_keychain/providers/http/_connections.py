"""Connections of an `HttpClient`: opened, verified, limited and closed.

Twisted's endpoints deliver a TLS connection as soon as TCP is connected, and a request is written
to it before the handshake has completed. Here a connection is delivered after the handshake, so
that a failure before that is known to have sent nothing. Connections are always aborted: an orderly
end of TLS takes an answer of the other side, which may never come.
"""

from __future__ import annotations

import select
from typing import Any, NoReturn

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import (
    IAddress,
    IHandshakeListener,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.providers.http._body import too_large
from buildbot_keychain.providers.http._messages import NotSent, Progress, UntrustedServer
from buildbot_keychain.providers.http._names import NameResolver, ResolvingReactor
from buildbot_keychain.providers.http._reasons import (
    NO_CONNECTION,
    not_connected,
    not_secured,
)
from buildbot_keychain.providers.http._tls import ServerVerifier

_IDLE = "QUIESCENT"
_MAX_HEAD = 1 << 20
"""Bytes of headers and of the framing of chunks."""


@implementer(IHandshakeListener)
class Connection(ProtocolWrapper):
    """One connection; it stands between Twisted's HTTP protocol and its transport.

    :param verifier: what verifies the server, on a TLS connection.
    :param max_response_bytes: bytes of the largest body.
    """

    def __init__(
        self,
        factory: Any,  # noqa: ANN401 - a class that can be subscripted in newer Twisted alone
        protocol: Any,  # noqa: ANN401 - Twisted's HTTP protocol
        verifier: ServerVerifier | None,
        max_response_bytes: int,
    ) -> None:
        super().__init__(factory, protocol)
        self._verifier = verifier
        self._max_response_bytes = max_response_bytes
        self._received = 0
        self._is_open = verifier is None
        self._is_lost = False
        self._reason: Failure | None = None
        self._opening: Deferred[Any] | None = None
        self._closing: list[Deferred[None]] = []

    def opened(self) -> Deferred[Any]:
        """Return a Deferred of the HTTP protocol; it fires when that can send a request.

        It fails with `NotSent`. It must be called once; cancelling it aborts the connection.
        """
        self._opening = Deferred(lambda _: self.abortConnection())
        if self._is_lost:
            self._opening.errback(self._not_opened())
        elif self._is_open:
            self._opening.callback(self.wrappedProtocol)
        return self._opening

    def close(self) -> Deferred[None]:
        """Abort the connection, and return a Deferred that fires when it is gone."""
        closed: Deferred[None] = Deferred()
        if self._is_lost:
            closed.callback(None)
        else:
            self._closing.append(closed)
            self.abortConnection()
        return closed

    @property
    def is_stale(self) -> bool:
        """Whether it is idle, but the server has closed it, or has sent something unexpected.

        The socket is asked, since the reactor may have been too busy to notice.
        """
        protocol: Any = self.wrappedProtocol
        if self._is_lost or not self._is_open or protocol.state != _IDLE:
            return False
        descriptor = self.fileno()
        if descriptor < 0:
            return True
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))

    def handshakeCompleted(self) -> None:
        """Deliver the protocol: the server has been verified."""
        self._is_open = True
        if self._opening is not None and not self._opening.called:
            self._opening.callback(self.wrappedProtocol)

    def write(self, data: bytes) -> None:
        """Send a part of a request; bytes that are received from now on belong to its response."""
        self._received = 0
        super().write(data)

    def writeSequence(self, data: Any) -> None:  # noqa: ANN401 - Twisted's
        """Send parts of a request."""
        self._received = 0
        super().writeSequence(data)

    def dataReceived(self, data: bytes) -> None:
        """Pass a part of a response on, up to the limit."""
        self._received += len(data)
        if self._received <= self._max_response_bytes + _MAX_HEAD:
            super().dataReceived(data)
        elif self._reason is None:
            self._reason = Failure(too_large(self._max_response_bytes))
            self.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Fail what waits for the connection to open, and fire what waits for its end."""
        self._is_lost = True
        self._reason = self._reason or reason
        super().connectionLost(self._reason)
        if self._opening is not None and not self._opening.called:
            self._opening.errback(self._not_opened())
        closing, self._closing = self._closing, []
        for closed in closing:
            closed.callback(None)

    def loseConnection(self) -> None:
        """Abort the connection."""
        self.abortConnection()

    def abortConnection(self) -> None:
        """Abort the connection, unless it is gone."""
        if not self._is_lost and not self.disconnecting:
            self.disconnecting = 1
            transport: Any = self.transport
            transport.abortConnection()

    def _not_opened(self) -> NotSent:
        if self._verifier is not None and self._verifier.problem is not None:
            return UntrustedServer(
                f"has a certificate that cannot be trusted ({self._verifier.problem})"
            )
        return not_secured(self._reason)


class ConnectionFactory(WrappingFactory):
    """Wraps a factory of Twisted's HTTP protocols, so that connections are built.

    :param connections: the open connections; each is in it from its beginning to its end.
    """

    noisy = False

    def __init__(
        self,
        factory: IProtocolFactory,
        connections: dict[Connection, int],
        verifier: ServerVerifier | None,
        max_response_bytes: int,
    ) -> None:
        super().__init__(factory)
        self.protocols = connections
        self._verifier = verifier
        self._max_response_bytes = max_response_bytes

    def buildProtocol(self, addr: IAddress | None) -> Connection:
        """Return a new connection."""
        protocol = self.wrappedFactory.buildProtocol(addr)
        return Connection(self, protocol, self._verifier, self._max_response_bytes)


@implementer(IStreamClientEndpoint)
class Endpoint:
    """Connects to one server, for one request.

    :param socket: the path of a Unix socket, to which it connects in place of `host` and `port`.
    :param verifier: for TLS; ``None`` for plain HTTP.
    :param timeout: seconds for the host's name, TCP and TLS together.
    :param progress: records that a connection was delivered, on which the request is written.
    :ivar is_used: whether a new connection was needed.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's
        host: str,
        port: int,
        *,
        socket: str | None,
        verifier: ServerVerifier | None,
        resolver: NameResolver,
        timeout: float,
        progress: Progress,
        connections: dict[Connection, int],
        max_response_bytes: int,
    ) -> None:
        self._reactor = reactor
        self._verifier = verifier
        self._resolver = resolver
        self._timeout = timeout
        self._progress = progress
        self._connections = connections
        self._max_response_bytes = max_response_bytes
        self._host = host
        self._port = port
        self._socket = socket
        self.is_used = False

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:  # noqa: N803 - Twisted's
        """Return a Deferred of a protocol that can send a request; it fails with `NotSent`."""
        self.is_used = True
        return Deferred.fromCoroutine(self._connect_in_time(protocolFactory))

    async def _connect_in_time(self, factory: IProtocolFactory) -> Any:  # noqa: ANN401 - Twisted's
        connecting = Deferred.fromCoroutine(self._connect(factory))
        try:
            return await connecting.addTimeout(self._timeout, self._reactor, _took_too_long)
        except (CancelledError, NotSent):
            raise
        except Exception as error:
            raise not_connected(error, self._resolver) from error

    async def _connect(self, factory: IProtocolFactory) -> Any:  # noqa: ANN401 - Twisted's
        endpoint: Any
        if self._socket is None:
            resolving: Any = ResolvingReactor(self._reactor, self._resolver)
            endpoint = HostnameEndpoint(resolving, self._host, self._port, self._timeout)
        else:
            endpoint = UNIXClientEndpoint(self._reactor, self._socket, self._timeout)
        if self._verifier is not None:
            endpoint = wrapClientTLS(self._verifier, endpoint)
        wrapping = ConnectionFactory(
            factory, self._connections, self._verifier, self._max_response_bytes
        )
        try:
            connection: Connection = await endpoint.connect(wrapping)
        finally:
            self._resolver.cancel()
        protocol = await connection.opened()
        self._progress.is_sent = True
        return protocol


def _took_too_long(_result: object, _timeout: float) -> NoReturn:
    # In place of what the cancelled attempt ends with, which differs by how far it had come.
    raise NotSent(NO_CONNECTION, timed_out=True)
