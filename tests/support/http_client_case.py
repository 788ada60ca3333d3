"""Tests with an `HttpClient`, whose threads and connections are gone at the end of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.http import HttpClient, Request, RequestError, Response, TlsFiles
from buildbot_keychain.workpool import WorkPool

Kind = TypeVar("Kind", bound=RequestError)
MAX_RESPONSE_BYTES = 100_000


class HttpClientTestCase(TestCase):
    reactor: Any = global_reactor

    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)
        self.pool = WorkPool(self.reactor, 4, "test-http")
        self.addCleanup(self.pool.stop)

    def client(self, tls: TlsFiles | None = None, **arguments: Any) -> HttpClient:
        settings: dict[str, Any] = {
            "pool": self.pool,
            "connections": 2,
            "max_response_bytes": MAX_RESPONSE_BYTES,
            **arguments,
        }
        client = HttpClient(self.reactor, tls or TlsFiles(), **settings)
        self.addCleanup(client.close)
        return client

    def get(
        self, client: HttpClient, url: str, timeout: float = 20.0, **more: Any
    ) -> Deferred[Response]:
        return client.send(Request("GET", url, **more), timeout)

    async def fails(self, sending: Deferred[Response], kind: type[Kind]) -> Kind:
        """Return the error that `sending` fails with, whose class is exactly `kind`."""
        error: Any = await self.assertFailure(sending, kind)
        self.assertIs(type(error), kind)
        found: Kind = error
        return found

    def turn(self) -> Deferred[None]:
        """Return a Deferred that fires when the reactor has looked at its sockets."""
        return deferLater(self.reactor, 0.001, lambda: None)
