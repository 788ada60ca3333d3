"""Lookups that are ended by another thread."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.aws._calls import Call
from buildbot_keychain.providers.aws._client import (
    ClientSettings,
    Credentials,
    SecretsManagerClient,
)
from buildbot_keychain.providers.aws._errors import AwsError
from buildbot_keychain.providers.aws._names import SecretName

REGION = "eu-central-1"
ROLE = "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = other\n[profile other]\n"
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
        settings = ClientSettings(REGION, None, url, 5.0, attempts, 1)
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

    def assert_ends_when_it_is_over(self, started: Callable[[], object]) -> None:
        """A lookup with boto3's own credentials waits, until it is aborted."""
        settings = ClientSettings(REGION, "ci", "http://127.0.0.1:9", 5.0, 1, 1)
        client, call, ended = SecretsManagerClient(settings), Call(), threading.Event()
        self.addCleanup(client.close)

        def ask() -> None:
            with contextlib.suppress(AwsError):
                client.get(SecretName("token"), Credentials(), call)
            ended.set()

        threading.Thread(target=ask, daemon=True).start()
        started()
        self.assertFalse(ended.wait(0.3))
        client.close()  # as the reactor does, which must not wait
        call.abort()
        self.assertTrue(ended.wait(10))

    def configure(self, text: str, **environment: str) -> None:
        """Let boto3 find a profile, and this environment."""
        path = Path(self.mktemp())
        path.write_text(f"[profile ci]\n{text}\n")
        files = {"AWS_CONFIG_FILE": str(path), "AWS_SHARED_CREDENTIALS_FILE": str(path) + "x"}
        search = {"PATH": os.environ["PATH"]}
        self.patch(os, "environ", {**search, **files, **environment})

    def test_a_program_for_credentials_that_does_not_end(self) -> None:
        program = Path(self.mktemp())
        pipe = f"{program}.pipe"
        os.mkfifo(pipe)
        process = f"credential_process = {program.resolve()}"
        for text, ending in (
            (process, "sleep 600"),
            (process, "sleep 600 & exit 0"),  # what it has started has its output
            (ROLE + process, "sleep 600"),
        ):
            program.write_text(f"#!/bin/sh\necho > {Path(pipe).resolve()}\n{ending}\n")
            program.chmod(0o700)
            self.configure(text)
            self.assert_ends_when_it_is_over(lambda: Path(pipe).read_text())

    def test_servers_for_credentials_that_drip(self) -> None:
        keys = "aws_access_key_id = a\naws_secret_access_key = b"
        for text, variable in (
            ("", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
            ("", "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
            (ROLE + keys, "AWS_ENDPOINT_URL_STS"),
        ):
            server = DrippingServer(b"HTTP/1.1 200 OK\r\nX-A: ")
            self.addCleanup(server.stop)
            self.configure(text, **{variable: server.url})
            self.assert_ends_when_it_is_over(partial(server.asked.wait, 10))

    def test_a_call_that_is_over_sends_nothing(self) -> None:
        server = DrippingServer(b"")
        self.addCleanup(server.stop)
        call = Call()
        call.abort()
        began = time.monotonic()
        self.assertRaises(AwsError, self.client(server.url).get, SecretName("token"), KEYS, call)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(server.asked.is_set())
