"""`RawServer`: a TCP server in the test's reactor that answers as no server should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 5\r\n\r\n{}"

Talk = Callable[["RawConnection", bytes], object]
"""Called with a connection, and with what it has received."""


class RawConnection(Protocol):
    """The server's side of a connection."""

    def __init__(self, server: RawServer) -> None:
        self._server = server
        self.received = b""
        self.lost: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self._server.connections.append(self)
        if self._server.greet is not None:
            self._server.greet(self, b"")
        self._server.arrived()

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self._server.talk(self, data)
        self._server.arrived()

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)

    def send(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def end(self) -> None:
        """Close the connection when all is sent."""
        assert self.transport is not None
        self.transport.loseConnection()

    def pause(self) -> None:
        """Receive nothing any more."""
        transport: Any = self.transport
        transport.pauseProducing()

    def reset(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


class RawServer:
    """Listens at a free port of this machine until the end of the test.

    :param talk: what it does when it receives something.
    :param greet: what it does when a connection is made.
    :param context: with which it speaks TLS.
    """

    def __init__(
        self,
        test: TestCase,
        talk: Talk,
        *,
        greet: Talk | None = None,
        context: Any = None,
        interface: str = "127.0.0.1",
    ) -> None:
        self.talk = talk
        self.greet = greet
        self.connections: list[RawConnection] = []
        self._waiting: list[Deferred[None]] = []
        factory = Factory.forProtocol(lambda: RawConnection(self))
        factory.noisy = False
        reactor: Any = global_reactor
        self._context = context
        if context is None:
            self._port = reactor.listenTCP(0, factory, interface=interface)
        else:
            self._port = reactor.listenSSL(0, factory, context, interface=interface)
        self.port: int = self._port.getHost().port
        test.addCleanup(self.stop)

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def requests(self) -> list[bytes]:
        """What each connection has received."""
        return [connection.received for connection in self.connections]

    def event(self) -> Deferred[None]:
        """Return a Deferred that fires when a connection is made, or something is received."""
        event: Deferred[None] = Deferred()
        self._waiting.append(event)
        return event

    def arrived(self) -> None:
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.callback(None)

    def stop_listening(self) -> Deferred[Any]:
        """Accept no connection any more."""
        return maybeDeferred(self._port.stopListening)

    async def stop(self) -> None:
        await self.stop_listening()
        for connection in self.connections:
            if not connection.lost.called:
                connection.reset()
                await connection.lost


def answers(*contents: bytes) -> Talk:
    """Answer the first request of a connection with the first content, and so on; then close."""

    def talk(connection: RawConnection, _data: bytes) -> None:
        number = connection.received.count(b" HTTP/1.1\r\n")
        if number <= len(contents):
            connection.send(contents[number - 1])
        if number >= len(contents):
            connection.end()

    return talk


def answers_always(content: bytes) -> Talk:
    """Answer each request of a connection, and keep it open."""
    return lambda connection, _data: connection.send(content)


def is_silent(_connection: RawConnection, _data: bytes) -> None:
    """Take what comes, and answer nothing."""


def resets(connection: RawConnection, _data: bytes) -> None:
    """Reset the connection."""
    connection.reset()


def ends(connection: RawConnection, _data: bytes) -> None:
    """Close the connection without an answer."""
    connection.end()
