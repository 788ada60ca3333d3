"""What providers know of their secrets, each by its own way."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from twisted.web.server import Request
from zope.interface.verify import verifyObject

from buildbot_keychain import SecretInAFile, SecretInOneFile, SecretInPass
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.interfaces import IDescribes
from buildbot_keychain.providers.http import SecretInHTTP
from tests.support.directories import FileTestCase
from tests.support.http_server import TOKEN, SecretServer, listen
from tests.support.password_store.age_stores import AgeStoreTestCase
from tests.support.sops.case import VALUE, SopsTestCase

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


class SopsTests(SopsTestCase):
    async def test_when_sops_wrote_the_file(self) -> None:
        self.write("secrets.json", self.writer.json({"token": VALUE}))
        described: Any = await self.provider().describe("token")
        self.assertEqual((described.name, described.version), ("token", None))
        self.assertGreater(described.created, WRITTEN)


class PassTests(AgeStoreTestCase):
    async def test_the_time_of_the_file_or_the_commit(self) -> None:
        file = self.put("team/app", "x")
        os.utime(file, (WRITTEN, WRITTEN))
        provider: Any = SecretInPass(dirname=self.dir, age_key_file=self.key_file)
        provider.startService()
        self.addCleanup(provider.stopService)
        described = await provider.describe("team/app|user")
        self.assertEqual(described, SecretDescription("team/app", created=WRITTEN))
        self.assertIsNone(await provider.describe("nobody"))
        self.assertTrue(provider.is_dynamic("team/app|otp"))
        self.assertFalse(provider.is_dynamic("team/app"))

        def git(*arguments: str) -> bytes:
            names = ("AUTHOR", "COMMITTER")
            who = {f"GIT_{name}_{part}": "x@y" for name in names for part in ("NAME", "EMAIL")}
            dates = {f"GIT_{name}_DATE": "@1600000000 +0000" for name in names}
            environment = {**os.environ, "HOME": str(self.dir), **who, **dates}
            command = ["git", "-C", str(self.dir), *arguments]
            return subprocess.run(command, check=True, capture_output=True, env=environment).stdout

        git("init", "--quiet")
        git("add", "--all", ".")
        git("commit", "--quiet", "--message=x")
        commit = git("log", "--format=%h").decode().strip()
        described = await provider.describe("team/app")
        self.assertEqual(described, SecretDescription("team/app", commit, 1_600_000_000.0))
