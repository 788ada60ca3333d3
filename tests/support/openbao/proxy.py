"""`Proxy`: a TCP proxy in the reactor of the test, between a client and a server, that fails.

What it does is its `fault`, which counts from the next request on, on connections that there are
already too. It sees plain HTTP or TLS as it comes: of plain HTTP it also counts the requests, by
their first line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol

from tests.support.ports import free_port

_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|LIST|SCAN) (\S+) HTTP/1\.1\r\n")
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Pass:
    """Pass everything on."""


@dataclass(frozen=True)
class Hang:
    """Take requests, and pass no answer on."""


@dataclass(frozen=True)
class Truncate:
    """End a connection after so many bytes of an answer's body; under TLS, of the answer."""

    after: int = 5


@dataclass(frozen=True)
class Corrupt:
    """Change each byte of an answer's body, so that it is not a text; under TLS, of the answer."""


@dataclass(frozen=True)
class Reset:
    """End a connection when a request comes, without a word."""


@dataclass(frozen=True)
class Answer:
    """Answer a request in place of the server."""

    status: str
    body: bytes = b'{"errors":[]}'
    headers: tuple[str, ...] = ()

    def text(self) -> bytes:
        """The answer as it is sent."""
        lines = [
            f"HTTP/1.1 {self.status}",
            "Content-Type: application/json",
            f"Content-Length: {len(self.body)}",
            *self.headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


Fault = Pass | Hang | Truncate | Corrupt | Reset | Answer


@dataclass(frozen=True)
class Request:
    """The first line of a request."""

    method: str
    path: str


class Proxy:
    """Listens on `port` for connections to `target`, another port of 127.0.0.1.

    :ivar fault: what it does.
    :ivar chosen: which requests a fault is for; the others pass. All of them by default.
    :ivar connections: how many it has accepted.
    :ivar requests: the requests that it has seen.
    """

    def __init__(self, target: int, scheme: str = "http") -> None:
        self.target = target
        self.port = free_port()
        self.address = f"{scheme}://127.0.0.1:{self.port}"
        self.fault: Fault = Pass()
        self.chosen: Callable[[Request], bool] = lambda _request: True
        self.connections = 0
        self.requests: list[Request] = []
        self._open: set[_Accepted] = set()
        self._listening: Any = None
        self._withheld: list[Deferred[None]] = []
        self._waiting: list[tuple[Callable[[Request], bool], Deferred[Request]]] = []

    def start(self) -> None:
        """Accept connections; also after `refuse`."""
        if self._listening is None:
            factory = Factory.forProtocol(lambda: _Accepted(self))
            factory.noisy = False
            reactor: Any = global_reactor
            self._listening = reactor.listenTCP(self.port, factory, interface="127.0.0.1")

    async def refuse(self) -> None:
        """End all connections, and accept none until `start`."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await maybeDeferred(listening.stopListening)
        for connection in list(self._open):
            await connection.end()

    async def stop(self) -> None:
        """End all connections, accept none."""
        await self.refuse()

    def request(self, chosen: Callable[[Request], bool] = lambda _: True) -> Deferred[Request]:
        """Fire with the next request that is `chosen`, before it is passed on."""
        seen: Deferred[Request] = Deferred()
        self._waiting.append((chosen, seen))
        return seen

    def withheld(self) -> Deferred[None]:
        """Fire when the next answer comes that `Hang` passes on to nobody."""
        withheld: Deferred[None] = Deferred()
        self._withheld.append(withheld)
        return withheld

    def withholds(self) -> None:
        """Fire what waits for an answer that is not passed on."""
        waiting, self._withheld = self._withheld, []
        for withheld in waiting:
            withheld.callback(None)

    def saw(self, request: Request) -> None:
        """Count a request, and tell who waits for it."""
        self.requests.append(request)
        for waiting in list(self._waiting):
            chosen, seen = waiting
            if chosen(request):
                self._waiting.remove(waiting)
                seen.callback(request)

    def opened(self, connection: _Accepted) -> None:
        """Count a connection."""
        self.connections += 1
        self._open.add(connection)

    def closed(self, connection: _Accepted) -> None:
        """Forget a connection."""
        self._open.discard(connection)


class _Accepted(Protocol):
    """The side of the client."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._server: _Connected | None = None
        self._early = b""
        self._ended: Deferred[None] = Deferred()
        self._fault: Fault = Pass()
        self._answered = 0
        self._head = b""
        self._is_plain = False

    def connectionMade(self) -> None:
        self._proxy.opened(self)
        target = TCP4ClientEndpoint(global_reactor, "127.0.0.1", self._proxy.target)
        connecting = connectProtocol(target, _Connected(self))
        connecting.addCallbacks(self._connected, lambda _failure: self._abort())

    def _connected(self, server: _Connected) -> None:
        self._server = server
        if self._ended.called:
            server.abort()
        elif self._early:
            server.send(self._early)
            self._early = b""

    def dataReceived(self, data: bytes) -> None:
        match = _REQUEST.match(data)
        if match is not None:
            self._is_plain = True
            request = Request(match[1].decode(), match[2].decode())
            self._begin(self._proxy.fault if self._proxy.chosen(request) else Pass())
            self._proxy.saw(request)
        elif not self._is_plain:
            self._begin(self._proxy.fault)
        if isinstance(self._fault, Reset):
            self._abort()
        elif isinstance(self._fault, Answer):
            # The body of a request may come by itself.
            if match is not None:
                self._write(self._fault.text())
        elif self._server is None:
            self._early += data
        else:
            self._server.send(data)

    def _begin(self, fault: Fault) -> None:
        self._fault, self._answered, self._head = fault, 0, b""

    def answer(self, data: bytes) -> None:
        """Pass an answer of the server on, or what the fault makes of it."""
        fault = self._fault
        if isinstance(fault, Hang):
            self._proxy.withholds()
            return
        if isinstance(fault, Truncate | Corrupt):
            head, body = self._split(data)
            if isinstance(fault, Corrupt):
                body = bytes(byte ^ 0x80 for byte in body)
            else:
                left = fault.after - self._answered
                self._answered += len(body)
                if len(body) >= left:
                    self._write(head + body[:left])
                    self._lose()
                    return
            data = head + body
        self._write(data)

    def _split(self, data: bytes) -> tuple[bytes, bytes]:
        """Split what comes of an answer into what belongs to its head and to its body."""
        if not self._is_plain or self._head.endswith(_HEAD_END):
            return b"", data
        head, end, body = (self._head + data).partition(_HEAD_END)
        came, self._head = len(self._head), head + end
        return self._head[came:], body

    def connectionLost(self, reason: Any = None) -> None:
        self._proxy.closed(self)
        if self._server is not None:
            self._server.abort()
        self._ended.callback(None)

    async def end(self) -> None:
        """End the connection, and wait until it has ended."""
        self._abort()
        if not self._ended.called:
            await self._ended

    def close(self) -> None:
        """End the connection when all is written: the server has ended it."""
        if not isinstance(self._fault, Hang):
            self._lose()

    def _lose(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    def _write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def _abort(self) -> None:
        if self.transport is not None and not self._ended.called:
            self.transport.abortConnection()  # type: ignore[attr-defined]


class _Connected(Protocol):
    """The side of the server."""

    def __init__(self, client: _Accepted) -> None:
        self._client = client

    def dataReceived(self, data: bytes) -> None:
        self._client.answer(data)

    def connectionLost(self, reason: Any = None) -> None:
        self._client.close()

    def send(self, data: bytes) -> None:
        """Send a request on."""
        if self.transport is not None:
            self.transport.write(data)

    def abort(self) -> None:
        """End the connection."""
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined]
