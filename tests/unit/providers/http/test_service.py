from __future__ import annotations

import threading
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.providers.http import (
    HttpProvider,
    NotSent,
    Request,
    RequestError,
    TlsFiles,
)
from tests.support.http_client_case import HttpClientTestCase
from tests.support.raw_server import WHOLE, RawServer, answers_always, is_silent

OK = 200


class Provider(HttpProvider):
    """Returns what the server sends."""

    name = "example"
    kind = "example"

    def __init__(self, url: str, *, token: Any = "token", deadline: float = 20.0) -> None:
        super().__init__(None, None)
        self.server = url
        self._token = SecretArgument(self.name, "token", token)
        self.deadline = deadline

    async def ask(self, path: str) -> str | None:
        token = await self.render_argument(path, self._token)
        headers = {"Authorization": f"Bearer {token}"}
        response = await self.send(path, Request("GET", f"{self.server}/x", headers))
        if response.status != OK:
            raise self.status_error(path, response.status)
        return response.body.decode()


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

    async def test_a_server_that_does_not_listen(self) -> None:
        provider = self.provider("http://127.0.0.1:1")
        error: Any = await self.assertFailure(provider.get("x"), ProviderUnavailable)
        self.assertEqual(error.reason, "http://127.0.0.1:1 refused the connection")

    async def test_a_response_that_is_larger_than_one_mebibyte(self) -> None:
        for size, is_accepted in ((1 << 20, True), ((1 << 20) + 1, False)):
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
            server = RawServer(self, answers_always(head + b"x" * size))
            lookup = self.provider(server.url(path="")).get("x")
            if is_accepted:
                self.assertEqual(await lookup, "x" * size)
            else:
                error = await self.assertFailure(lookup, ProviderUnavailable)
                self.assertIn("sent a response of more than 1048576 bytes", str(error))

    async def test_files_for_tls_that_cannot_be_used(self) -> None:
        empty = self.dir / "empty.pem"
        empty.touch()
        for path, kind, reason in (
            (empty, AccessDenied, f"ca {empty} holds no certificate in PEM"),
            (self.dir / "none.pem", ProviderUnavailable, "none.pem cannot be read: No such file"),
        ):
            provider = self.provider("https://127.0.0.1:1")
            provider.tls = TlsFiles(ca=str(path))
            error: Any = await self.assertFailure(provider.get("x"), kind)
            self.assertIs(type(error), kind)
            self.assertIn(reason, error.reason)

    async def test_the_error_of_a_request_is_that_of_a_subclass(self) -> None:
        class Unforgiving(Provider):
            def request_error(self, path: str, error: RequestError) -> ProviderError:
                if isinstance(error, NotSent):
                    return AccessDenied(self.name, path, f"no way: {error.reason}")
                return super().request_error(path, error)

        provider = Unforgiving("http://127.0.0.1:1")
        self.addCleanup(provider.stopService)
        error: Any = await self.assertFailure(provider.get("x"), AccessDenied)
        self.assertEqual(error.reason, "no way: refused the connection")

    async def test_statuses(self) -> None:
        for status, kind, hint in (
            (401, AccessDenied, "is the token or the certificate right, and may it read this?"),
            (503, ProviderUnavailable, "see its log"),
            (400, ProviderError, "correct its URL"),
        ):
            head = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
            url = RawServer(self, answers_always(head)).url(path="")
            error: Any = await self.assertFailure(self.provider(url).get("x"), kind)
            self.assertIs(type(error), kind)
            self.assertEqual(error.reason, f"{url} responded with status {status}; {hint}")

    async def test_a_redirect(self) -> None:
        head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: https://h/\r\n\r\n"
        server = RawServer(self, answers_always(head))
        error = await self.assertFailure(self.provider(server.url(path="")).get("x"), ProviderError)
        self.assertIn("status 302, a redirect, which is not followed; correct its URL", str(error))

    async def test_a_lookup_ends_at_the_deadline_whatever_it_waits_for(self) -> None:
        server = RawServer(self, is_silent)
        never: Deferred[str] = Deferred()
        waiting = self.provider(server.url(path=""), token=Renderable(), deadline=0.1)
        waiting.use_renderer(lambda _: never)
        for provider in (self.provider(server.url(path=""), deadline=0.1), waiting):
            error = await self.assertFailure(provider.get("x"), DeadlineExceeded)
            self.assertIn(
                f"no response within 0.1 seconds; is {server.url(path='')} running and "
                "reachable from here?",
                str(error),
            )

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
