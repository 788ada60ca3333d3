from __future__ import annotations

import builtins
import os
import threading
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.internet.defer import gatherResults
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import (
    ConfigurationError,
    InvalidSecret,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.providers.files._secret_in_a_file import SecretInAFile
from tests.support.directories import FileTestCase
from tests.support.reachable import reachable_text


class HomeTests(SynchronousTestCase):
    def test_a_home_directory(self) -> None:
        self.assertEqual(SecretInAFile("~/secrets").dirname, str(Path.home() / "secrets"))


class ReadingTests(FileTestCase):
    def test_it_keeps_the_contract(self) -> None:
        verifyObject(ISecretProvider, self.provider())

    async def test_a_file_is_a_secret(self) -> None:
        self.write("user", "pässword\n")
        self.assertEqual(await self.provider().get("user"), "pässword")

    async def test_what_is_not_there_is_not_held(self) -> None:
        self.write("dir/inside", "x")
        provider = self.provider()
        for name in ("nobody", "dir", "dir/", "dir/nobody", "dir/inside/deeper", "x" * 5000):
            self.assertIsNone(await provider.get(name), name)

    async def test_sub_directories_are_names_with_slashes(self) -> None:
        self.write("team/app/token", "nested")
        self.assertEqual(await self.provider().get("team/app/token"), "nested")

    async def test_line_ends_at_the_end_are_stripped_or_not(self) -> None:
        self.write("key", " line\n\r\n\n")
        self.assertEqual(await self.provider().get("key"), " line")
        self.assertEqual(await self.provider(strip=False).get("key"), " line\n\r\n\n")

    async def test_line_ends_of_windows_are_kept_and_warned_about_once(self) -> None:
        key = "-----BEGIN KEY-----\r\nQUJD\r\n-----END KEY-----"
        self.write("key", f"{key}\r\n".encode())
        provider = self.provider()
        with capturedLogs() as events:
            self.assertEqual(await provider.get("key"), key)
            await provider.get("key")
        (text,) = (formatEvent(event) for event in events)
        self.assertIn("the secret 'key' has line ends of Windows", text)
        self.assertIn(f"run sed -i 's/\\r$//' on its file in {provider.dirname}", text)
        self.assertNotIn("QUJD", text)

    async def test_suffixes(self) -> None:
        self.write("a.txt", "of-txt")
        self.write("b.secret", "of-secret")
        self.write("c", "bare")
        provider = self.provider(suffixes=[".txt", ".secret"])
        self.assertEqual(await provider.get("a"), "of-txt")
        self.assertEqual(await provider.get("b"), "of-secret")
        self.assertIsNone(await provider.get("c"))
        self.assertIsNone(await provider.get("a.txt"))

    async def test_an_empty_file_is_an_empty_secret(self) -> None:
        self.write("empty", "")
        self.assertEqual(await self.provider().get("empty"), "")

    async def test_changes_are_seen_at_the_next_lookup(self) -> None:
        provider = self.provider()
        self.assertIsNone(await provider.get("token"))
        self.write("token", "one")
        self.assertEqual(await provider.get("token"), "one")
        self.write("token", "two")
        self.assertEqual(await provider.get("token"), "two")
        (self.dir / "token").unlink()
        self.assertIsNone(await provider.get("token"))

    async def test_bytes_that_are_not_utf_8_are_an_error_that_names_the_file(self) -> None:
        self.write("blob", b"s3cr3t\xff\xfe")
        failure: Any = await self.assertFailure(self.provider().get("blob"), InvalidSecret)
        self.assertIn("its file blob is not UTF-8 text; store it in base64", str(failure))
        self.assertNotIn(str(self.dir), str(failure))
        self.assertNotIn("s3cr3t", reachable_text(failure))

    async def test_many_lookups_at_once(self) -> None:
        for number in range(100):
            self.write(f"n{number}", f"value-{number}")
        provider = self.provider()
        names = [f"n{number % 100}" for number in range(1000)]
        values = await gatherResults([provider.get(name) for name in names])
        self.assertEqual(values, [f"value-{name[1:]}" for name in names])

    async def test_nothing_of_it_runs_in_the_reactors_thread(self) -> None:
        self.write("user", "x")
        provider = self.provider()
        ours = threading.get_ident()
        offences: list[str] = []

        def watched(name: str, real: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                if threading.get_ident() == ours and "user" in str(args):
                    offences.append(name)
                return real(*args, **kwargs)

            return call

        for module, names in ((os, ("open", "stat", "lstat", "listdir")), (builtins, ("open",))):
            for name in names:
                patch = mock.patch.object(module, name, watched(name, getattr(module, name)))
                patch.start()
                self.addCleanup(patch.stop)
        self.assertEqual(await provider.get("user"), "x")
        self.assertEqual(offences, [])


class ArgumentTests(TestCase):
    def test_arguments_are_checked(self) -> None:
        for option, value in (
            ("dirname", None),
            ("dirname", ""),
            ("dirname", 3),
            ("dirname", "a\0b"),
            ("suffixes", ".txt"),
            ("suffixes", 5),
            ("suffixes", [3]),
            ("suffixes", ["/token"]),
            ("suffixes", ["/../token"]),
            ("strip", "no"),
            ("strip", None),
        ):
            arguments = {"dirname": "x", "name": "mine", option: value}
            error = self.assertRaises(ConfigurationError, SecretInAFile, **arguments)
            self.assertIn(f"mine: {option} must be", str(error))

    def test_the_name_can_be_addressed(self) -> None:
        for name in (5, "", "  ", "a!b"):
            error = self.assertRaises(ConfigurationError, SecretInAFile, "x", name=name)
            self.assertIn("SecretInAFile: name must be", str(error))


class StoppingTests(FileTestCase):
    async def test_it_answers_before_it_is_started(self) -> None:
        self.write("token", "x")
        provider = SecretInAFile(self.dir)
        self.assertEqual(await provider.get("token"), "x")
        provider.startService()
        self.addCleanup(provider.stopService)

    async def test_a_stopped_provider_is_unavailable_until_it_is_started_again(self) -> None:
        self.write("token", "x")
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "x")
        provider.stopService()
        failure: Any = await self.assertFailure(provider.get("token"), ProviderUnavailable)
        self.assertIn("it has been stopped", str(failure))
        provider.startService()
        self.assertEqual(await provider.get("token"), "x")
