"""The port, asked over the network."""

from __future__ import annotations

import hashlib
import http.client
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import twisted.web.http
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from buildbot_keychain.metrics import CONTENT_TYPE, MetricsPort, MetricsServer
from buildbot_keychain.metrics._server import AGAIN, MOST_CONNECTIONS
from tests.support.logged import lines_logged
from tests.support.page_client import Reply, over_http
from tests.support.ports import free_port

TOKEN = "d41c2f0a5c1b9e37"
WITH_TOKEN = MetricsPort(0, token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest())


class ServerTestCase(TestCase):
    def setUp(self) -> None:
        self.asked: list[bool] = []
        self.answer: Callable[[], Deferred[str]] = lambda: succeed("the text\n")
        self.clock: Any = reactor
        self.server = MetricsServer(self.text, lambda: self.clock)
        self.addCleanup(self.server.stopService)

    def text(self, known: bool) -> Deferred[str]:
        self.asked.append(known)
        return self.answer()

    async def start(self, port: MetricsPort) -> None:
        await self.server.use(port)
        await self.server.startService()

    async def ask(
        self, path: str = "/metrics", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Reply:
        assert self.server.port is not None
        return await deferToThread(over_http(self.server.port), method, path, headers, body)


class RequestTests(ServerTestCase):
    async def test_it_answers_on_this_machine_alone(self) -> None:
        await self.start(MetricsPort(0))
        reply = await self.ask()
        self.assertEqual((reply.status, reply.text), (200, "the text\n"))
        self.assertEqual(reply.headers["content-type"], CONTENT_TYPE)
        self.assertEqual(self.server._listening.getHost().host, "127.0.0.1")
        self.assertEqual(self.asked, [False])  # nobody is known

    async def test_what_it_does_not_answer(self) -> None:
        await self.start(MetricsPort(0))
        for path, method, status in (
            ("/", "GET", 404),
            ("/metrics/", "GET", 404),
            ("/metrics", "POST", 405),
            ("/metrics", "PUT", 405),
            ("/metrics", "HEAD", 200),
        ):
            reply = await self.ask(path, method)
            self.assertEqual(reply.status, status, (path, method))
            self.assertNotIn("the text", reply.text)

    async def test_a_body_is_not_kept(self) -> None:
        await self.start(MetricsPort(0))
        self.patch(twisted.web.http, "tempfile", None)
        reply = await self.ask(method="POST", body=b"x" * 500_000)
        self.assertEqual(reply.status, 405)

    async def test_a_token(self) -> None:
        await self.start(WITH_TOKEN)
        refused: list[dict[str, Any]] = [
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": TOKEN},
        ]
        for headers in refused:
            reply = await self.ask(**headers)
            self.assertEqual(reply.status, 401)
            self.assertEqual(reply.headers["www-authenticate"], "Bearer")
        self.assertEqual(self.asked, [])
        reply = await self.ask(Authorization=f"Bearer {TOKEN}")
        self.assertEqual(reply.status, 200)
        self.assertEqual(self.asked, [True])

    async def test_an_error_says_nothing(self) -> None:
        self.answer = lambda: fail(RuntimeError("the canary"))
        await self.start(MetricsPort(0))
        reply = await self.ask()
        self.assertEqual(reply.status, 500)
        self.assertNotIn("canary", reply.text)

    async def test_whoever_has_gone_is_not_answered(self) -> None:
        answer: Deferred[str] = Deferred()
        begun: Deferred[None] = Deferred()

        def answer_later() -> Deferred[str]:
            begun.callback(None)
            return answer

        self.answer = answer_later
        await self.start(MetricsPort(0))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        self.addCleanup(connection.close)
        await deferToThread(connection.request, "GET", "/metrics")
        await begun
        await self.server.stopService()
        reply = await deferToThread(connection.sock.recv, 100)
        self.assertEqual(reply, b"")
        answer.callback("late")

    async def test_connections_are_few(self) -> None:
        await self.start(MetricsPort(0))

        address = ("127.0.0.1", self.server.port or 0)

        def fill() -> int:
            with ExitStack() as stack:
                for _ in range(MOST_CONNECTIONS):
                    connection = stack.enter_context(socket.create_connection(address, 30))
                    connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                    self.assertIn(b"200 OK", connection.recv(100))
                one_more = stack.enter_context(socket.create_connection(address, 30))
                return len(one_more.recv(100))

        self.assertEqual(await deferToThread(fill), 0)


class ConfigurationTests(ServerTestCase):
    async def test_a_port_that_stays_goes_on(self) -> None:
        port = free_port()
        await self.start(MetricsPort(port))
        listening = self.server._listening
        await self.server.use(MetricsPort(port))
        self.assertIs(self.server._listening, listening)

    async def test_a_port_that_changes(self) -> None:
        first, second = free_port(), free_port()
        await self.start(MetricsPort(first))
        await self.server.use(MetricsPort(second))
        self.assertEqual(self.server.port, second)
        self.assertEqual((await self.ask()).status, 200)
        listening = self.server._listening
        await self.server.use(MetricsPort(second, token_sha256=WITH_TOKEN.token_sha256))
        self.assertEqual((await self.ask()).status, 401)
        self.assertIs(self.server._listening, listening)
        await self.server.use(None)
        self.assertIs(self.server.port, None)

    async def test_it_listens_only_while_it_runs(self) -> None:
        await self.server.use(MetricsPort(0))
        self.assertIs(self.server.port, None)
        await self.server.startService()
        self.assertIsNot(self.server.port, None)
        await self.server.stopService()
        self.assertIs(self.server.port, None)
        await self.server.startService()
        self.assertEqual((await self.ask()).status, 200)

    async def test_a_port_that_is_taken_is_tried_again(self) -> None:
        lines = lines_logged(self, lambda event: "cannot be served" in event.get("log_format", ""))
        clock = Clock()
        clock.listenTCP = reactor.listenTCP  # type: ignore[attr-defined]
        self.clock = clock
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
            await self.start(MetricsPort(port))
            clock.advance(AGAIN)
            self.assertIs(self.server.port, None)
        (told,) = lines
        self.assertIn(f"metrics cannot be served on 127.0.0.1 port {port}: ", told)
        clock.advance(AGAIN)
        self.assertEqual(self.server.port, port)
