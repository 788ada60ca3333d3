"""Where requests of commands go, and where they never do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.store.server import Server, read_token
from buildbot_keychain.cli.store.server import _connection as connection
from buildbot_keychain.errors import StoreUnavailable
from tests.support.page_server import PageServer
from tests.support.ports import free_port
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.tls import Authority


class AddressTests(SynchronousTestCase):
    def test_others_read_no_token(self) -> None:
        for url in ("http://ci.example.org/", "http://10.0.0.1/", "http://localhost.example.org/"):
            error = self.assertRaises(UsageError, Server, url, "canary")
            self.assertIn("must be https", str(error))
        for url in (
            "http://localhost:8010/",
            "http://127.0.0.1/bb",
            "http://[::1]/",
            "https://ci/",
        ):
            server = Server(url, "canary")
            self.assertNotIn("canary", repr(server))
            assert_is_not_sent(self, server)

    def test_what_is_no_address(self) -> None:
        for url in (
            "",
            "ci.example.org",
            "ftp://ci.example.org/",
            "https:///bb/",
            "https://ci:port/",
            "https://user:canary@ci.example.org/",
            "https://ci.example.org/?token=canary",
            "https://ci.example.org/#/builders",
        ):
            error = self.assertRaises(UsageError, Server, url, "t")
            self.assertNotIn("canary", str(error))


class TlsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.authority = Authority(self.directory)

    def served(self, name: str = "server", **options: Any) -> tuple[PageServer, Server]:
        server = PageServer(self.authority.issue(name, **options))
        self.addCleanup(server.stop)
        token = read_token(server.token_file(self.directory / "token"))
        return server, Server(server.url, token)

    def trusting(self, path: Path) -> Any:
        return mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(path)})

    def test_a_certificate_is_verified_before_anything_is_sent(self) -> None:
        server, asking = self.served()
        error = self.assertRaises(StoreUnavailable, asking.ask, "GET", "secrets")
        self.assertIn("its certificate is not trusted", str(error))
        self.assertEqual(server.asked, [])
        with self.trusting(self.authority.path):
            self.assertEqual(asking.ask("GET", "secrets")["after"], None)
            for options in ({"hosts": ("ci.example.org",)}, {"days": -1}):
                other, asking = self.served("other", **options)
                error = self.assertRaises(StoreUnavailable, asking.ask, "GET", "secrets")
                self.assertIn("its certificate is not trusted", str(error))
                self.assertEqual(other.asked, [])


class FaultTests(SynchronousTestCase):
    def test_nobody_listens(self) -> None:
        server = Server(f"http://127.0.0.1:{free_port()}/", "t")
        error = self.assertRaises(StoreUnavailable, server.ask, "GET", "secrets")
        self.assertIn("cannot reach", str(error))

    def test_silence(self) -> None:
        import socket  # noqa: PLC0415 - here alone

        self.patch(connection, "SILENCE", 0.05)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = Server(f"http://127.0.0.1:{listening.getsockname()[1]}/", "t")
            error = self.assertRaises(StoreUnavailable, server.ask, "GET", "secrets")
        self.assertIn("has not said anything for", str(error))
        self.assertIn("look with buildbot-keychain history", str(error))
