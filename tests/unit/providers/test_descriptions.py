"""What providers know of their secrets, each by its own way."""

from __future__ import annotations

import os
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.web.server import Request
from zope.interface.verify import verifyObject

from buildbot_keychain import SecretInAFile, SecretInOneFile
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.interfaces import IDescribes, IExpires
from buildbot_keychain.providers.http import SecretInHTTP
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.vault import SecretInVault
from tests.support.directories import FileTestCase
from tests.support.http_server import TOKEN, SecretServer, listen
from tests.support.sops.case import VALUE, SopsTestCase
from tests.support.tls import Authority

WRITTEN = 1_700_000_000.0


class FileTests(FileTestCase):
    def started(self, provider: Any) -> Any:
        verifyObject(IDescribes, provider)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def test_the_time_of_a_file(self) -> None:
        os.utime(self.write("token.txt", "x"), (WRITTEN, WRITTEN))
        (self.dir / "link.txt").symlink_to("token.txt")
        provider = self.provider(suffixes=["", ".txt"])
        verifyObject(IDescribes, provider)
        for name in ("token", "link"):
            described = await provider.describe(name)
            self.assertEqual(described, SecretDescription("token", created=WRITTEN))
        for name in ("nobody", "../token", ".hidden", ""):
            self.assertIsNone(await provider.describe(name))

    async def test_of_a_file_that_is_not_served(self) -> None:
        self.write("token", "x", mode=0o644)
        self.dir.chmod(0o755)
        provider = self.started(SecretInAFile(self.dir))
        await self.assertFailure(provider.describe("token"), ProviderError)
        provider.stopService()
        await self.assertFailure(provider.describe("token"), ProviderUnavailable)

    async def test_of_a_file_of_several(self) -> None:
        file = self.write("all.json", '{"token": "x", "count": 3}')
        os.utime(file, (WRITTEN, WRITTEN))
        provider = self.started(SecretInOneFile(file))
        described = await provider.describe("token")
        self.assertEqual(described, SecretDescription("token", created=WRITTEN))
        self.assertIsNone(await provider.describe("nobody"))

    async def test_what_a_server_says_in_headers(self) -> None:
        server = SecretServer()
        port = listen(self, server)
        provider = self.started(SecretInHTTP(f"http://127.0.0.1:{port}/{{path}}", TOKEN))

        def answer(request: Request) -> bytes:
            request.setHeader("ETag", '"v7"')
            request.setHeader("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT")
            return b'{"value": "x"}'

        server.answer = answer
        described = await provider.describe("token")
        self.assertEqual(described, SecretDescription("token", '"v7"', WRITTEN))
        server.answer = lambda _: b'{"value": "x"}'
        self.assertEqual(await provider.describe("token"), SecretDescription("token"))
        server.answer = None
        self.assertIsNone(await provider.describe("nobody"))


class ExpiryTests(FileTestCase):
    async def test_providers_of_http_say_when_their_certificates_end(self) -> None:
        authority = Authority(self.dir)
        ca = str(authority.path)
        vault = SecretInVault("https://127.0.0.1:1", "s.token", ca_bundle=ca)
        token = self.write("token", "x.eyJpYXQiOjEsImV4cCI6MTcwMDAwMDAwMH0.x")
        kubernetes = SecretInKubernetes(
            "ci", server="https://127.0.0.1:1", ca_file=ca, token_file=token
        )
        http = SecretInHTTP("https://127.0.0.1:1/{path}", ca=ca)
        for provider, more in ((vault, []), (http, []), (kubernetes, [("token", WRITTEN)])):
            verifyObject(IExpires, provider)
            expiries = await provider.expiries()
            found = [(each.kind, each.when) for each in expiries]
            end = authority.certificate.not_valid_after_utc.timestamp()
            self.assertEqual(found, [("certificate", end), *more])
            await maybeDeferred(provider.stopService)


class SopsTests(SopsTestCase):
    async def test_when_sops_wrote_the_file(self) -> None:
        self.write("secrets.json", self.writer.json({"token": VALUE}))
        described: Any = await self.provider().describe("token")
        self.assertEqual((described.name, described.version), ("token", None))
        self.assertGreater(described.created, WRITTEN)
