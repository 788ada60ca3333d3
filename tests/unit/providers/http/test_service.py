from __future__ import annotations

import threading
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from buildbot_keychain.errors import DeadlineExceeded, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.providers.http import HttpProvider, Request, TlsFiles
from tests.support.http_client_case import HttpClientTestCase
from tests.support.raw_server import WHOLE, RawServer, answers_always, is_silent


class Provider(HttpProvider):
    """Returns what the server sends."""

    name = "example"
    kind = "example"
    max_response_bytes = 1000
    tls = TlsFiles()

    def __init__(self, url: str, *, token: Any = "token", deadline: float = 20.0) -> None:
        super().__init__(None, None)
        self._url = url
        self._token = SecretArgument(self.name, "token", token)
        self.deadline = deadline

    def timeout_hint(self) -> str:
        return "is it running?"

    async def ask(self, path: str) -> str | None:
        token = await self.render_argument(path, self._token)
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.send(path, Request("GET", self._url, headers))).body.decode()


class Renderable:
    def getRenderingFor(self, _: object) -> None:
        pass


class HttpProviderTests(HttpClientTestCase):
    def provider(self, url: str, **arguments: Any) -> Provider:
        provider = Provider(url, **arguments)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def test_lookups_share_a_client(self) -> None:
        server = RawServer(self, answers_always(WHOLE))
        provider = self.provider(server.url())
        for _ in range(3):
            self.assertEqual(await provider.get("x"), "{}")
        self.assertEqual(len(server.connections), 1)

    async def test_a_subclass_translates_errors_of_requests(self) -> None:
        error = await self.assertFailure(
            self.provider("http://127.0.0.1:1/").get("x"), ProviderError
        )
        self.assertIn("NotSent", str(error))

    async def test_a_lookup_ends_at_the_deadline_whatever_it_waits_for(self) -> None:
        server = RawServer(self, is_silent)
        never: Deferred[str] = Deferred()
        waiting = self.provider(server.url(), token=Renderable(), deadline=0.1)
        waiting.use_renderer(lambda _: never)
        for provider in (self.provider(server.url(), deadline=0.1), waiting):
            error = await self.assertFailure(provider.get("x"), DeadlineExceeded)
            self.assertIn("no response within 0.1 seconds; is it running?", str(error))

    async def test_a_stop_ends_lookups_connections_and_threads(self) -> None:
        server = RawServer(self, is_silent)
        before = threading.active_count()
        provider = self.provider(server.url("localhost"))
        lookup = provider.get("x")
        while not server.requests or not server.requests[0]:
            await server.event()
        await provider.stopService()
        error: Any = self.failureResultOf(lookup, ProviderUnavailable).value
        self.assertIn("it has been stopped; start it again", str(error))
        await server.connections[0].lost
        while threading.active_count() > before:
            await deferLater(self.reactor, 0.001, lambda: None)
        await self.assertFailure(provider.get("x"), ProviderUnavailable)

    async def test_a_start_after_a_stop(self) -> None:
        server = RawServer(self, answers_always(WHOLE))
        provider = self.provider(server.url())
        for number in range(3):
            self.assertEqual(await provider.get("x"), "{}")
            self.assertEqual(len(server.connections), number + 1)
            await provider.stopService()
            await server.connections[-1].lost
            provider.startService()

    async def test_a_lookup_that_is_cancelled(self) -> None:
        server = RawServer(self, is_silent)
        lookup = self.provider(server.url()).get("x")
        while not server.requests or not server.requests[0]:
            await server.event()
        lookup.cancel()
        self.failureResultOf(lookup, CancelledError)
        await server.connections[0].lost
