"""Channels against servers of a socket each, which answer as no server should."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.transport._addresses import Address
from buildbot_keychain.providers.vault.transport._channel import LONGEST, Attempt, Channel, Response
from buildbot_keychain.providers.vault.transport._responses import Interrupted, NotSent
from buildbot_keychain.providers.vault.transport._tls import TlsConfiguration
from tests.support.sockets import left_open, reset, resetting_server

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 5\r\n\r\n{}"


class Server:
    """Listens, and does one thing with each connection in a thread of its own."""

    def __init__(
        self, test: Any, talk: Callable[[socket.socket], None], scheme: str = "http"
    ) -> None:
        self._talk = talk
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.closed = threading.Semaphore(0)
        port = self._listening.getsockname()[1]
        self.address = Address(scheme, "127.0.0.1", port)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        test.addCleanup(self._end)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                with connection, contextlib.suppress(OSError):
                    self._talk(connection)
                self.closed.release()

    def _end(self) -> None:
        # To close it would not wake the thread that accepts.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)


def says(*answers: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        for answer in answers:
            if connection.recv(65536):
                connection.sendall(answer)

    return talk


def listens(connection: socket.socket) -> None:
    """Say nothing until the other side goes."""
    while connection.recv(65536):
        pass


def drips(connection: socket.socket) -> None:
    """Send a header a byte at a time, for ever."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.01)


def resets(connection: socket.socket) -> None:
    """Reset the connection when the other side has begun."""
    connection.recv(1)
    reset(connection)


class ChannelTests(SynchronousTestCase):
    def channel(self) -> Channel:
        channel = Channel(TlsConfiguration())
        self.addCleanup(channel.close)
        return channel

    def get(self, channel: Channel, server: Server, seconds: float = 5.0) -> Response:
        with channel.serving(Attempt(seconds)):
            return channel.request(server.address, "GET", "/v1/x", {}, b"")

    def test_a_connection_is_kept_open(self) -> None:
        server, channel = Server(self, says(WHOLE, WHOLE)), self.channel()
        for _ in range(2):
            response = self.get(channel, server)
            self.assertEqual((response.status, response.body), (200, b"{}"))
            self.assertEqual(response.headers["retry-after"], "5")
        self.assertEqual(server.connections, 1)

    def test_one_that_the_server_has_closed_is_made_anew(self) -> None:
        server, channel = Server(self, says(WHOLE)), self.channel()
        for _ in range(3):
            self.assertEqual(self.get(channel, server).body, b"{}")
            # What it closes while it is asked is another matter: that is no whole response.
            self.assertTrue(server.closed.acquire(timeout=10))
        self.assertEqual(server.connections, 3)

    def test_answers_that_are_not_whole(self) -> None:
        head = b"HTTP/1.1 200 OK\r\n"
        for answer in (
            b"",
            b"HTTP/1.1 20",
            b"nonsense\r\n\r\n",
            head,
            head + b"Content-Length: 9\r\n\r\n{}",
            head + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}",
            head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        ):
            server = Server(self, says(answer))
            self.assertRaises(Interrupted, self.get, self.channel(), server)

    def test_a_redirect_is_an_answer_and_not_followed(self) -> None:
        elsewhere = Server(self, says(WHOLE))
        answer = f"HTTP/1.1 307 T\r\nLocation: {elsewhere.address}\r\nContent-Length: 0\r\n\r\n"
        response = self.get(self.channel(), Server(self, says(answer.encode())))
        self.assertEqual((response.status, elsewhere.connections), (307, 0))

    def test_too_long_an_answer_is_not_read_to_its_end(self) -> None:
        def floods(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LONGEST + 1))

        error = self.assertRaises(Interrupted, self.get, self.channel(), Server(self, floods))
        self.assertIn("answered with more than", str(error))

    def test_nothing_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        channel = self.channel()
        with channel.serving(Attempt(5.0)):
            address = Address("http", "127.0.0.1", port)
            self.assertRaises(NotSent, channel.request, address, "GET", "/", {}, b"")

    def test_a_handshake_that_fails_leaves_nothing_open(self) -> None:
        for talk in (lambda _: None, resets, says(b"no TLS"), listens):
            self.leaves_nothing_open(Server(self, talk, "https").address)

    def test_nor_does_a_reset_before_it(self) -> None:
        with resetting_server() as port:
            self.leaves_nothing_open(Address("https", "127.0.0.1", port))

    def test_nor_does_a_connection_that_takes_no_options(self) -> None:
        really_connect = socket.create_connection

        class Ended(socket.socket):
            """As macOS has it after a reset."""

            def setsockopt(self, *_: Any) -> None:
                raise OSError(errno.EINVAL, "Invalid argument")

        def connect(*arguments: Any) -> socket.socket:
            return Ended(fileno=really_connect(*arguments).detach())

        with mock.patch("socket.create_connection", connect):
            for scheme in ("http", "https"):
                self.leaves_nothing_open(Server(self, listens, scheme).address)

    def leaves_nothing_open(self, address: Address) -> None:
        channel = self.channel()

        def request() -> None:
            with channel.serving(Attempt(0.5)):
                self.assertRaises(NotSent, channel.request, address, "GET", "/", {}, b"")

        self.assertEqual(left_open(request), [])

    def test_a_server_that_is_silent(self) -> None:
        server = Server(self, listens)
        started = time.monotonic()
        self.assertRaises(Interrupted, self.get, self.channel(), server, 0.2)
        self.assertLess(time.monotonic() - started, 2)

    def test_one_that_drips_is_cut_off_by_who_waits(self) -> None:
        server, channel, attempt = Server(self, drips), self.channel(), Attempt(60.0)
        timer = threading.Timer(0.2, attempt.abort)
        timer.start()
        started = time.monotonic()
        with channel.serving(attempt):
            self.assertRaises(Interrupted, channel.request, server.address, "GET", "/", {}, b"")
        timer.join()
        self.assertLess(time.monotonic() - started, 5)

    def test_an_abort_that_comes_late_hits_nobody(self) -> None:
        server, channel, late = Server(self, says(WHOLE, WHOLE)), self.channel(), Attempt(5.0)
        with channel.serving(late):
            channel.request(server.address, "GET", "/", {}, b"")
        late.abort()
        self.assertEqual(self.get(channel, server).body, b"{}")
        self.assertEqual(server.connections, 1)

    def test_what_is_over_before_it_began_is_not_asked(self) -> None:
        server, channel, attempt = Server(self, says(WHOLE)), self.channel(), Attempt(5.0)
        attempt.abort()
        error = self.assertRaises(Interrupted, channel.serving(attempt).__enter__)
        self.assertIn("in time", str(error))
        self.assertEqual(server.connections, 0)
