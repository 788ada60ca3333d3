"""An HTTP server of secrets for `SecretInHTTP`, over TLS too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from twisted.internet import reactor
from twisted.protocols.policies import WrappingFactory
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

TOKEN = "bearer-of-the-tests"


class SecretServer(Resource):
    """Answers ``GET /v1/NAME`` with ``{"value": …}``, or with what `answer` returns if set."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, object] = {}
        self.answer: Callable[[Request], object] | None = None
        self.authorizations: list[str | None] = []
        self.paths: list[bytes] = []
        self.hosts: list[str | None] = []

    def render_GET(self, request: Request) -> object:
        self.authorizations.append(request.getHeader("Authorization"))
        self.paths.append(request.uri)
        self.hosts.append(request.getHeader("Host"))
        if self.answer is not None:
            return self.answer(request)
        name = unquote(request.path.decode().removeprefix("/v1/"))
        if name not in self.held:
            request.setResponseCode(404)
            return b"no such secret"
        return json.dumps({"value": self.held[name], "group": {"other": "of a group"}}).encode()


def status(code: int, **headers: str) -> Callable[[Request], bytes]:
    """Return a function that answers with a status."""

    def answer(request: Request) -> bytes:
        request.setResponseCode(code)
        for name, value in headers.items():
            request.setHeader(name, value)
        return b"{}"

    return answer


def silence(request: Request) -> object:
    """Do not answer."""
    return NOT_DONE_YET


def beginning(request: Request) -> object:
    """Begin a response, and do not end it."""
    request.write(b'{"value": ')
    return NOT_DONE_YET


def listen(test: TestCase, server: Resource, context: Any = None) -> int:
    """Let `server` listen on this machine until the end of the test; return its port."""
    untyped: Any = reactor
    site = Site(server)
    if context is None:
        port = untyped.listenTCP(0, site, interface="127.0.0.1")
    else:
        # Twisted 24.7 chooses a protocol for each connection in a way that newer OpenSSLs refuse.
        plain = WrappingFactory(site)
        port = untyped.listenSSL(0, plain, context, interface="127.0.0.1")
    test.addCleanup(port.stopListening)
    return int(port.getHost().port)
