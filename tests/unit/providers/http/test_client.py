"""Deadlines, cancellation, the limit of connections, and what is left behind."""

from __future__ import annotations

import socket
import threading
from typing import Any
from unittest import mock

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import LoopingCall

from buildbot_keychain.providers.http import Interrupted, NotSent, RequestError, Response, TlsFiles
from buildbot_keychain.providers.http._reasons import NO_CONNECTION, TIMED_OUT
from tests.support.http_client_case import HttpClientTestCase
from tests.support.raw_server import WHOLE, RawConnection, RawServer, answers_always, is_silent
from tests.support.tls import Authority


def begins(connection: RawConnection, _data: bytes) -> None:
    """Send the beginning of a response, and go silent."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")


def begins_head(connection: RawConnection, _data: bytes) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nX-")


def drips(connection: RawConnection, _data: bytes) -> None:
    """Send a header a byte at a time, for ever."""
    connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    call = LoopingCall(connection.send, b"x")
    connection.lost.addBoth(lambda _: call.stop())
    call.start(0.005)


class HangingNames:
    """Resolves no host name before the end of the test."""

    def __init__(self, test: HttpClientTestCase) -> None:
        self.release = threading.Event()
        self._really = socket.getaddrinfo
        patch = mock.patch("socket.getaddrinfo", self)
        patch.start()
        test.addCleanup(patch.stop)
        test.addCleanup(self.release.set)

    def __call__(self, host: str, port: int, *numbers: int) -> Any:
        if not numbers[-1] & socket.AI_NUMERICHOST:
            self.release.wait(30)
        return self._really(host, port, *numbers)


class DeadlineTests(HttpClientTestCase):
    async def late(
        self, sending: Deferred[Response], kind: type[RequestError], reason: str
    ) -> None:
        error = await self.fails(sending, kind)
        self.assertEqual((error.reason, error.timed_out), (reason, True))

    async def test_a_response_that_does_not_end(self) -> None:
        for talk in (is_silent, begins_head, begins, drips):
            server = RawServer(self, talk)
            await self.late(self.get(self.client(), server.url(), 0.5), Interrupted, TIMED_OUT)
            await server.connections[0].lost

    async def test_one_over_tls(self) -> None:
        self.addCleanup(self.flushWarnings)
        authority = Authority(self.dir)
        server = RawServer(self, begins, context=authority.context())
        client = self.client(TlsFiles(str(authority.path)))
        await self.late(self.get(client, server.url(), 0.5), Interrupted, TIMED_OUT)
        await server.connections[0].lost

    async def test_one_on_a_persistent_connection(self) -> None:
        server, client = RawServer(self, answers_always(WHOLE)), self.client()
        await self.get(client, server.url())
        server.talk = is_silent
        await self.late(self.get(client, server.url(), 0.5), Interrupted, TIMED_OUT)
        self.assertEqual(len(server.connections), 1)

    async def test_a_request_that_the_server_does_not_read(self) -> None:
        server = RawServer(self, is_silent, greet=lambda connection, _: connection.pause())
        sending = self.get(self.client(), server.url(), 0.5, body=b"x" * 50_000_000)
        await self.late(sending, Interrupted, TIMED_OUT)

    async def test_a_name_that_no_server_resolves(self) -> None:
        HangingNames(self)
        client = self.client()
        sendings = [self.get(client, "http://example.org/", 0.1) for _ in range(2)]
        for sending in sendings:
            await self.late(sending, NotSent, NO_CONNECTION)
        client = self.client(connect_timeout=0.1)
        reason = "has a host name that cannot be resolved (its lookup took too long)"
        await self.late(self.get(client, "http://example.org/"), NotSent, reason)

    async def test_files_that_hang(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        files = TlsFiles(str(self.dir / "ca"))
        with mock.patch.object(TlsFiles, "stamp", side_effect=lambda: release.wait(30)):
            await self.late(
                self.get(self.client(files), "https://127.0.0.1:1/", 0.1), NotSent, NO_CONNECTION
            )

    async def test_waiting_for_a_connection_counts(self) -> None:
        server, client = RawServer(self, is_silent), self.client(connections=1)
        first = self.get(client, server.url(), 20)
        second = self.get(client, server.url(), 0.1)
        reason = "was not asked: all connections were in use until the deadline"
        await self.late(second, NotSent, reason)
        first.cancel()
        await self.assertFailure(first, CancelledError)
        self.assertEqual(len(server.connections), 1)

    async def test_a_time_that_is_over_already(self) -> None:
        server = RawServer(self, answers_always(WHOLE))
        for timeout in (0, -1):
            reason = "was not asked: no time was left"
            await self.late(self.get(self.client(), server.url(), timeout), NotSent, reason)
        self.assertEqual(server.connections, [])


class CancellationTests(HttpClientTestCase):
    async def test_it_closes_the_connection_at_once(self) -> None:
        for talk in (is_silent, begins):
            server, client = RawServer(self, talk), self.client()
            sending = self.get(client, server.url())
            while not server.requests or not server.requests[0]:
                await server.event()
            await self.turn()
            sending.cancel()
            self.failureResultOf(sending, CancelledError)
            await server.connections[0].lost

    async def test_in_any_phase_before(self) -> None:
        HangingNames(self)
        server = RawServer(self, is_silent)
        for url in ("http://example.org/", server.url(), f"https://127.0.0.1:{server.port}/"):
            client = self.client(connections=1)
            first, second = self.get(client, url), self.get(client, url)
            second.cancel()
            self.failureResultOf(second, CancelledError)
            first.cancel()
            self.failureResultOf(first, CancelledError)

    async def test_its_place_is_free_for_another(self) -> None:
        server, client = RawServer(self, is_silent), self.client(connections=1)
        for _ in range(3):
            sending = self.get(client, server.url())
            await self.turn()
            sending.cancel()
            self.failureResultOf(sending, CancelledError)
        server.talk = answers_always(WHOLE)
        self.assertEqual((await self.get(client, server.url())).status, 200)


class ConnectionLimitTests(HttpClientTestCase):
    async def test_few_requests_are_under_way_at_once(self) -> None:
        waiting: list[RawConnection] = []
        most = 0

        def talk(connection: RawConnection, _data: bytes) -> None:
            nonlocal most
            waiting.append(connection)
            most = max(most, len(waiting))
            if len(waiting) == 3:
                for one in waiting:
                    one.send(WHOLE)
                waiting.clear()

        server, client = RawServer(self, talk), self.client(connections=3)
        sendings = [self.get(client, server.url()) for _ in range(30)]
        self.assertTrue(all(succeeded for succeeded, _ in await DeferredList(sendings)))
        self.assertEqual((most, len(server.connections)), (3, 3))


class ClosingTests(HttpClientTestCase):
    async def test_requests_that_wait_fail_and_connections_end(self) -> None:
        server, client = RawServer(self, is_silent), self.client(connections=1)
        sent, waiting = self.get(client, server.url()), self.get(client, server.url())
        while not server.requests or not server.requests[0]:
            await server.event()
        closing = client.close()
        for sending, kind in ((sent, Interrupted), (waiting, NotSent)):
            error: Any = self.failureResultOf(sending, kind).value
            self.assertEqual(error.reason, "was not waited for: the client has been closed")
            self.assertFalse(error.timed_out)
        await closing
        await server.connections[0].lost

    async def test_idle_connections_end(self) -> None:
        self.addCleanup(self.flushWarnings)
        authority = Authority(self.dir)
        for context in (None, authority.context()):
            server = RawServer(self, answers_always(WHOLE), context=context)
            client = self.client(TlsFiles(str(authority.path)))
            await self.get(client, server.url())
            await client.close()
            await server.connections[0].lost

    async def test_nothing_is_sent_afterwards(self) -> None:
        server, client = RawServer(self, answers_always(WHOLE)), self.client()
        await client.close()
        await client.close()
        await self.fails(self.get(client, server.url()), NotSent)
        self.assertEqual(server.connections, [])

    async def test_a_handshake_and_a_name_end(self) -> None:
        HangingNames(self)
        server = RawServer(self, is_silent)
        for url in ("http://example.org/", f"https://127.0.0.1:{server.port}/"):
            client = self.client()
            sending = self.get(client, url)
            await self.turn()
            await client.close()
            self.failureResultOf(sending, NotSent)


class ThreadTests(HttpClientTestCase):
    async def test_the_pool_of_the_reactor_is_not_used(self) -> None:
        self.addCleanup(self.flushWarnings)

        def unexpected(*_: object) -> None:
            raise AssertionError("the reactor's own threads are used")

        for name in ("getThreadPool", "callInThread"):
            self.patch(self.reactor, name, unexpected)
        authority = Authority(self.dir)
        context = authority.context(hosts=("localhost", "127.0.0.1"))
        client = self.client(TlsFiles(str(authority.path), str(authority.issue("client"))))
        for server in (
            RawServer(self, answers_always(WHOLE)),
            RawServer(self, answers_always(WHOLE), context=context),
        ):
            for host in ("localhost", "127.0.0.1"):
                self.assertEqual((await self.get(client, server.url(host))).status, 200)
        self.assertLessEqual(set(self.threads()), {f"test-http-{number}" for number in range(1, 5)})

    async def test_an_address_without_files_needs_no_thread(self) -> None:
        server = RawServer(self, answers_always(WHOLE))
        await self.get(self.client(), server.url())
        self.assertEqual(self.threads(), [])

    def threads(self) -> list[str]:
        names = [thread.name for thread in threading.enumerate()]
        return [name for name in names if name.startswith("test-http")]
