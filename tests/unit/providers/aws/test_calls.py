"""Lookups that are ended by another thread."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.aws._calls import Call
from buildbot_keychain.providers.aws._client import (
    ClientSettings,
    Credentials,
    SecretsManagerClient,
)
from buildbot_keychain.providers.aws._errors import AwsError
from buildbot_keychain.providers.aws._names import SecretName

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEX")


class DrippingServer:
    """Sends a byte of its headers, or of its body, now and then, and never ends.

    :param start: what it sends at once.
    """

    def __init__(self, start: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked = threading.Event()
        self._over = threading.Event()
        threading.Thread(target=self._serve, args=(start,), daemon=True).start()

    def _serve(self, start: bytes) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.recv(65536)
                connection.sendall(start)
                self.asked.set()
                threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while not self._over.wait(0.05):
                connection.sendall(b"x")

    def stop(self) -> None:
        self._over.set()
        self._listening.close()


class CallTests(SynchronousTestCase):
    """`Call`."""

    def client(self, url: str, attempts: int = 1) -> SecretsManagerClient:
        settings = ClientSettings("eu-central-1", None, url, 5.0, attempts, 1)
        client = SecretsManagerClient(settings)
        self.addCleanup(client.close)
        return client

    def test_a_server_that_drips(self) -> None:
        for start in (b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n"):
            server = DrippingServer(start)
            self.addCleanup(server.stop)
            client, call = self.client(server.url, attempts=3), Call()
            ended = threading.Event()

            def ask(client: SecretsManagerClient, call: Call, ended: threading.Event) -> None:
                try:
                    client.get(SecretName("token"), KEYS, call)
                except AwsError:
                    ended.set()

            threading.Thread(target=ask, args=(client, call, ended), daemon=True).start()
            self.assertTrue(server.asked.wait(10))
            self.assertFalse(ended.wait(0.3))
            call.abort()
            self.assertTrue(ended.wait(10), start)

    def test_a_call_that_is_over_sends_nothing(self) -> None:
        server = DrippingServer(b"")
        self.addCleanup(server.stop)
        call = Call()
        call.abort()
        began = time.monotonic()
        self.assertRaises(AwsError, self.client(server.url).get, SecretName("token"), KEYS, call)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(server.asked.is_set())
