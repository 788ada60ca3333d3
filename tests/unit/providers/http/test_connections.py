"""Connections that are not made, end early, or are found to have ended."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import UserError
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from buildbot_keychain.providers.http import (
    HttpClient,
    NotSent,
    Request,
    Response,
    ResponseTooLarge,
    UntrustedServer,
)
from buildbot_keychain.providers.http._reasons import NO_CONNECTION
from tests.support.http_client_case import MAX_RESPONSE_BYTES, HttpClientTestCase
from tests.support.raw_server import (
    WHOLE,
    RawConnection,
    RawServer,
    answers_always,
    ends,
    is_silent,
    resets,
)
from tests.support.tls import Authority


class Unanswered:
    """A TCP connection that no machine answers."""

    def __init__(self, factory: Any) -> None:
        self.factory = factory
        self.is_given_up = False
        factory.doStart()
        factory.startedConnecting(self)

    def getDestination(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", 80)

    def stopConnecting(self) -> None:
        self.is_given_up = True
        self.factory.clientConnectionFailed(self, Failure(UserError()))


class BlackHole:
    """A reactor whose connections are never made."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.connectors: list[Unanswered] = []

    def connectTCP(self, _host: str, _port: int, factory: Any, **_: Any) -> Unanswered:
        self.connectors.append(Unanswered(factory))
        return self.connectors[-1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)


class HandMovedTime:
    """A reactor in which time passes when a test says so."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.clock = Clock()
        self.callLater = self.clock.callLater
        self.seconds = self.clock.seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)


class OpeningTests(HttpClientTestCase):
    async def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        for scheme in ("http", "https"):
            error = await self.fails(
                self.get(self.client(), f"{scheme}://127.0.0.1:{port}/"), NotSent
            )
            self.assertEqual(error.reason, "refused the connection")
            self.assertFalse(error.timed_out)

    async def test_nobody_answers(self) -> None:
        for timeout, connect_timeout in ((0.05, None), (20.0, 0.05)):
            self.reactor = BlackHole(self.reactor)
            client = self.client(connect_timeout=connect_timeout)
            error = await self.fails(self.get(client, "http://127.0.0.1:80/", timeout), NotSent)
            self.assertEqual((error.reason, error.timed_out), (NO_CONNECTION, True))
            self.assertEqual([one.is_given_up for one in self.reactor.connectors], [True])

    async def test_a_handshake_that_hangs(self) -> None:
        for timeout, connect_timeout in ((1.0, None), (20.0, 1.0)):
            self.reactor = HandMovedTime(global_reactor)
            server = RawServer(self, is_silent)
            connected = server.event()
            client = self.client(connect_timeout=connect_timeout)
            response = self.get(client, f"https://127.0.0.1:{server.port}/", timeout)
            await connected
            self.reactor.clock.advance(1.0)
            error = await self.fails(response, NotSent)
            self.assertEqual((error.reason, error.timed_out), (NO_CONNECTION, True))
            await server.connections[0].lost

    async def test_a_handshake_that_breaks_off(self) -> None:
        for talk in (resets, ends):
            for greet in (talk, None):
                server = RawServer(self, talk, greet=greet)
                url = f"https://127.0.0.1:{server.port}/"
                error = await self.fails(self.get(self.client(), url), NotSent)
                self.assertEqual(error.reason, "closed the connection during the TLS handshake")

    async def test_a_request_is_not_written_before_the_handshake_is_over(self) -> None:
        self.addCleanup(self.flushWarnings)
        server = RawServer(self, answers_always(WHOLE), context=Authority(self.dir).context())
        request = Request("POST", server.url(), {"Authorization": "Bearer x"}, b"secret")
        await self.fails(self.client().send(request, 20), UntrustedServer)
        await server.connections[0].lost
        self.assertEqual(server.requests, [b""])


class LimitTests(HttpClientTestCase):
    async def test_headers_without_end(self) -> None:
        def floods(connection: RawConnection, _data: bytes) -> None:
            connection.send(b"HTTP/1.1 200 OK\r\n" + b"X-More: more\r\n" * 200_000)

        server = RawServer(self, floods)
        error = await self.fails(self.get(self.client(), server.url()), ResponseTooLarge)
        self.assertIn(f"more than {MAX_RESPONSE_BYTES} bytes", error.reason)
        await server.connections[0].lost

    async def test_the_limit_is_for_each_response_of_a_connection(self) -> None:
        body = b"x" * MAX_RESPONSE_BYTES
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        server, client = RawServer(self, answers_always(head + body)), self.client()
        for _ in range(15):
            await self.get(client, server.url())
        self.assertEqual(len(server.connections), 1)


class StaleTests(HttpClientTestCase):
    """Persistent connections that the server has ended while the reactor was busy."""

    def setUp(self) -> None:
        super().setUp()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listening.close)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/"

    def serve(self, accepted: socket.socket | None = None) -> Deferred[socket.socket]:
        """Answer a request in a thread, on a new connection or an old one; return it."""

        def answer() -> socket.socket:
            connection = accepted or self.listening.accept()[0]
            connection.recv(65536)
            connection.sendall(WHOLE)
            return connection

        return self.pool.run(20, answer)

    def post(self, client: HttpClient) -> Deferred[Response]:
        return client.send(Request("POST", self.url, body=b"x"), 20)

    async def exchange(self, client: HttpClient) -> socket.socket:
        serving, sending = self.serve(), self.post(client)
        connection = await serving
        self.addCleanup(connection.close)
        self.assertEqual((await sending).body, b"{}")
        return connection

    async def test_one_that_is_alive_is_used_again(self) -> None:
        client = self.client()
        connection = await self.exchange(client)
        serving, sending = self.serve(connection), self.post(client)
        self.assertEqual((await sending).body, b"{}")
        await serving

    async def test_one_that_has_ended_is_not_used_again(self) -> None:
        client = self.client()
        for _ in range(3):
            # Its end arrives now, and the reactor has had no turn to notice.
            (await self.exchange(client)).close()

    async def test_nor_is_one_on_which_something_came_unasked(self) -> None:
        client = self.client()
        connection = await self.exchange(client)
        connection.sendall(WHOLE)
        await self.exchange(client)
