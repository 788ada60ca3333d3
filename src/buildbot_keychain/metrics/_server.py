"""`MetricsServer`: answers ``GET /metrics`` on a port of its own, and nothing else.

A port that is taken, as by a process that is about to end, keeps nobody from starting: it is tried
again. The server goes on through a reconfiguration that leaves the port as it is. A request has no
body, and there are only so many connections, as anybody on the machine can make some.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredLock, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.logger import Logger, LogLevel
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import safe_summary
from buildbot_keychain.metrics._exposition import CONTENT_TYPE
from buildbot_keychain.metrics._port import MetricsPort

MOST_CONNECTIONS = 20

AGAIN = 10.0
"""Seconds until a port that was taken is tried again."""

_PATIENCE = 30
"""Seconds that a connection may be silent."""

Text = Callable[[bool], Deferred[str]]


class MetricsServer(Service):
    """Serves the metrics of one manager.

    :param text: returns a Deferred of the text; it is passed whether it is known who asks.
    :param reactor: returns ``IReactorTCP`` and ``IReactorTime``.
    """

    name = "keychain-metrics"
    log = Logger()

    def __init__(self, text: Text, reactor: Callable[[], Any]) -> None:
        self._text = text
        self._reactor = reactor
        self._wanted: MetricsPort | None = None
        # Where it listens, or tries to.
        self._address: tuple[str, int] | None = None
        self._listening: Any = None
        self._connections: Any = None
        self._again: Any = None
        self._turns = DeferredLock()

    @property
    def port(self) -> int | None:
        """The number of the port, ``None`` while it does not listen."""
        return None if self._listening is None else int(self._listening.getHost().port)

    def use(self, wanted: MetricsPort | None) -> Deferred[None]:
        """Listen there from now on, while the service runs, and nowhere else.

        :return: what fires when it does, or that has to be tried again.
        """
        self._wanted = wanted
        return self._turns.run(self._follow)

    def startService(self) -> Deferred[None]:
        """Listen."""
        super().startService()
        return self._turns.run(self._follow)

    def stopService(self) -> Deferred[None]:
        """Listen no longer, and end the connections."""
        super().stopService()
        return self._turns.run(self._follow)

    @returns_deferred
    async def _follow(self) -> None:
        """Listen where it is wanted now. There is one call at a time."""
        wanted = self._wanted if self.running else None
        if wanted is None or wanted.address != self._address:
            await self._close()
        if wanted is not None and self._listening is None:
            self._listen(wanted)

    def _listen(self, wanted: MetricsPort) -> None:
        reactor = self._reactor()
        resource = _Metrics(lambda: self._wanted, self._text)
        site = _Site(resource, timeout=_PATIENCE, reactor=reactor)
        connections = _FewConnections(site)
        where: dict[str, Any] = {"interface": wanted.interface, "port": wanted.port}
        try:
            listening = reactor.listenTCP(wanted.port, connections, interface=wanted.interface)
        except CannotListenError as error:
            if self._address is None:
                self.log.emit(
                    LogLevel.error,
                    "metrics cannot be served on {interface} port {port}: {problem}; it is tried "
                    "again every {again:g} seconds",
                    problem=error.socketError,
                    again=AGAIN,
                    **where,
                )
            self._again = reactor.callLater(AGAIN, self._try_again)
        else:
            self._listening, self._connections = listening, connections
            where["port"] = self.port
            self.log.emit(LogLevel.info, "metrics are served on {interface} port {port}", **where)
        self._address = wanted.address

    def _try_again(self) -> None:
        self._again = None
        self._turns.run(self._follow)

    async def _close(self) -> None:
        self._address = None
        if self._again is not None:
            self._again.cancel()
            self._again = None
        listening, self._listening = self._listening, None
        if listening is not None:
            await maybeDeferred(listening.stopListening)
            for connection in list(self._connections.protocols):
                connection.loseConnection()


class _FewConnections(WrappingFactory):
    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> ProtocolWrapper:
        if len(self.protocols) >= MOST_CONNECTIONS:
            return None  # type: ignore[return-value] # it ends the connection
        return super().buildProtocol(addr)


class _Request(Request):
    """Keeps nothing of a body: Twisted would write a long one to a file."""

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002 - Twisted's
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Drop it."""


class _Site(Site):
    requestFactory = _Request
    displayTracebacks = False
    noisy = False

    def log(self, request: Any) -> None:  # noqa: ANN401 - Twisted's
        """Log no scrape."""


class _Metrics(Resource):
    isLeaf = True
    log = Logger()

    def __init__(self, port: Callable[[], MetricsPort | None], text: Text) -> None:
        super().__init__()
        self._port = port
        self._text = text

    def render(self, request: Any) -> int | bytes:  # noqa: ANN401 - Twisted's `Request`
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"x-content-type-options", b"nosniff")
        request.setHeader(b"content-type", b"text/plain; charset=utf-8")
        if request.path != b"/metrics":
            return _refuse(request, 404, b"metrics are at /metrics\n")
        if request.method not in {b"GET", b"HEAD"}:
            request.setHeader(b"allow", b"GET, HEAD")
            return _refuse(request, 405, b"ask by GET\n")
        port = self._port()
        if port is None or not port.accepts(request.getHeader(b"authorization")):
            request.setHeader(b"www-authenticate", b"Bearer")
            return _refuse(request, 401, b"send the token: Authorization: Bearer ...\n")
        self._answer(request, known=port.token_sha256 is not None)
        return NOT_DONE_YET

    @returns_deferred
    async def _answer(self, request: Any, *, known: bool) -> None:  # noqa: ANN401 - Twisted's `Request`
        gone = request.notifyFinish().addErrback(lambda _: None)
        try:
            body = (await self._text(known)).encode()
        except Exception:  # noqa: BLE001 - whoever asks learns nothing of it
            self.log.emit(LogLevel.error, "metrics failed: {why}", why=safe_summary(Failure()))
            body = _refuse(request, 500, b"something went wrong; see the log\n")
        else:
            request.setHeader(b"content-type", CONTENT_TYPE.encode())
        if not gone.called:
            request.setHeader(b"content-length", str(len(body)).encode())
            request.write(body)
            request.finish()


def _refuse(request: Any, status: int, sentence: bytes) -> bytes:  # noqa: ANN401 - Twisted's `Request`
    request.setResponseCode(status)
    return sentence
