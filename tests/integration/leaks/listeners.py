"""Those to whom a master talks: a web server, a mail server, and a reader of its event stream.

Each keeps what it was sent, as texts, and answers as little as the protocol allows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.protocols.basic import LineReceiver
from twisted.web.resource import Resource
from twisted.web.server import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.web.server import Request


class WebListener(Resource):
    """Takes any request; keeps the body, and apart from it the password that came with it."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[str] = []
        self.passwords: set[str] = set()
        site: Any = Site(self)
        self._port: Any = global_reactor.listenTCP(0, site, interface="127.0.0.1")
        address: Any = self._port.getHost()
        self.port: int = address.port

    def render(self, request: Request) -> bytes:
        content: Any = request.content
        body = content.read().decode("utf-8", "backslashreplace")
        if request.path == b"/status":
            self.bodies.append(body)
            self.passwords.add(request.getPassword().decode())
            return b"ok"
        if request.path == b"/echo":
            # As servers do that say what they were asked.
            request.setHeader(b"X-Asked", request.getHeader("Authorization") or "")
            return b"you sent " + body.encode() + b" to " + request.uri
        request.setResponseCode(404)
        return b"nothing here"

    def stop(self) -> Any:
        return self._port.stopListening()


class MailListener(ServerFactory):
    """Takes any mail and keeps it whole."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self._port: Any = global_reactor.listenTCP(0, self, interface="127.0.0.1")
        address: Any = self._port.getHost()
        self.port: int = address.port

    def buildProtocol(self, addr: Any) -> _Mail:
        return _Mail(self.mails)

    def stop(self) -> Any:
        return self._port.stopListening()


class _Mail(LineReceiver):
    """As much of RFC 5321 as Buildbot's mailer needs."""

    MAX_LENGTH = 1 << 24

    def __init__(self, mails: list[str]) -> None:
        self._mails = mails
        self._lines: list[str] | None = None

    def connectionMade(self) -> None:
        self.sendLine(b"220 localhost ESMTP")

    def lineReceived(self, line: bytes) -> None:
        if self._lines is None:
            self._command(line.split(b" ")[0].upper())
        elif line == b".":
            self._mails.append(decoded_mail("\n".join(self._lines)))
            self._lines = None
            self.sendLine(b"250 ok")
        else:
            self._lines.append(line.decode("utf-8", "backslashreplace"))

    def _command(self, verb: bytes) -> None:
        if verb == b"DATA":
            self._lines = []
            self.sendLine(b"354 go on")
        elif verb == b"QUIT":
            self.sendLine(b"221 bye")
            assert self.transport is not None
            self.transport.loseConnection()
        else:
            self.sendLine(b"250 ok")


def decoded_mail(text: str) -> str:
    """Return a mail with its parts decoded, after the mail as it came."""
    import email

    message = email.message_from_string(text)
    parts = [text, *(f"{name}: {value}" for name, value in message.items())]
    for part in message.walk():
        parts += [f"{name}: {value}" for name, value in part.items()]
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            parts.append(content.decode("utf-8", "backslashreplace"))
    return "\n".join(parts)


class EventListener(LineReceiver):
    """Reads the event stream of a master's web server; what it reads is what browsers get."""

    MAX_LENGTH = 1 << 24
    delimiter = b"\n"

    def __init__(self, path: str, heard: Callable[[dict[str, Any]], None]) -> None:
        self._path = path
        self._heard = heard
        self.ready: Deferred[None] = Deferred()
        self.texts: list[str] = []

    def connectionMade(self) -> None:
        # HTTP/1.0, for a stream that is not in chunks.
        request = f"GET /sse/listen/{self._path} HTTP/1.0\r\nHost: localhost\r\n\r\n"
        assert self.transport is not None
        self.transport.write(request.encode())

    def lineReceived(self, line: bytes) -> None:
        text = line.decode("utf-8", "backslashreplace")
        self.texts.append(text)
        if text.startswith("event: handshake") and not self.ready.called:
            self.ready.callback(None)
        if text.startswith("data: {"):
            self._heard(json.loads(text.removeprefix("data: ")))


class _EventFactory(ClientFactory):
    def __init__(self, listener: EventListener) -> None:
        self._listener = listener

    def buildProtocol(self, addr: Any) -> EventListener:
        return self._listener


async def listen_to_events(
    port: int, heard: Callable[[dict[str, Any]], None]
) -> list[EventListener]:
    """Subscribe to every event there is, whatever the length of its key."""
    listeners = [EventListener("/".join("*" * length), heard) for length in range(1, 7)]
    for listener in listeners:
        global_reactor.connectTCP("127.0.0.1", port, _EventFactory(listener))
        await listener.ready
    return listeners
