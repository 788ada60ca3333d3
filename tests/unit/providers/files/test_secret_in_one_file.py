from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SkipTest

from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.formats import FORMATS
from buildbot_keychain.providers.files._directory import MAX_SIZE
from buildbot_keychain.providers.files._secret_in_one_file import SecretInOneFile
from tests.support.directories import FileTestCase
from tests.support.reachable import reachable_text

VALUE = "s3cr3t-canary"


class OneFileTestCase(FileTestCase):
    def one(self, file: str, **arguments: Any) -> SecretInOneFile:
        provider = SecretInOneFile(self.dir / file, **arguments)
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider


class ReadingTests(OneFileTestCase):
    async def test_the_name_implies_the_format(self) -> None:
        for names, content in (
            ((".env", ".env.local", "ci.env"), f"token={VALUE}"),
            (("a.json",), f'{{"token": "{VALUE}"}}'),
            (("a.yaml", "a.yml"), f"token: {VALUE}"),
            (("a.toml",), f"token = '{VALUE}'"),
        ):
            for name in names:
                self.write(name, content)
                self.assertEqual(await self.one(name).get("token"), VALUE, name)

    async def test_or_the_argument(self) -> None:
        self.write("secrets", f"token: {VALUE}")
        self.assertEqual(await self.one("secrets", format="yaml").get("token"), VALUE)

    async def test_nested_names(self) -> None:
        self.write("a.json", '{"db": {"prod": {"password": "x"}}, "db/user": "y"}')
        provider = self.one("a.json")
        self.assertEqual(await provider.get("db/prod/password"), "x")
        self.assertEqual(await provider.get("db/user"), "y")
        for name in ("db", "db/prod", "db/", "/db/user", "prod/password", "db//user"):
            self.assertIsNone(await provider.get(name), name)

    async def test_a_byte_order_mark_is_not_part_of_the_text(self) -> None:
        self.write("a.env", f"\ufefftoken={VALUE}")
        self.assertEqual(await self.one("a.env").get("token"), VALUE)

    async def test_a_change_of_the_same_size_and_time_is_seen(self) -> None:
        path = self.write("a.env", "token=one")
        found = path.stat()
        provider = self.one("a.env")
        self.assertEqual(await provider.get("token"), "one")
        path.write_text("token=two")
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
        self.assertEqual(await provider.get("token"), "two")

    async def test_an_unchanged_file_is_parsed_once(self) -> None:
        self.write("a.env", "token=one")
        provider = self.one("a.env")
        with mock.patch.dict(FORMATS, env=mock.Mock(wraps=FORMATS["env"])) as formats:
            for _ in range(3):
                await provider.get("token")
            self.assertEqual(formats["env"].call_count, 1)

    async def test_a_volume_of_kubernetes(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root can make what the kubelet makes")
        self.dir.chmod(0o1777)
        (self.dir / "..1").mkdir(mode=0o755)
        (self.dir / "..1" / "a.env").write_text(f"token={VALUE}")
        (self.dir / "..data").symlink_to("..1")
        (self.dir / "a.env").symlink_to("..data/a.env")
        self.assertEqual(await self.one("a.env").get("token"), VALUE)


class RejectionTests(OneFileTestCase):
    async def failure(self, provider: SecretInOneFile, kind: type[Exception]) -> str:
        error: Any = await self.assertFailure(provider.get("token"), kind)
        self.assertIs(type(error), kind)
        self.assertNotIn(VALUE, reachable_text(error))
        self.assertIn(Path(provider.filename).name, str(error))
        return str(error)

    def assertProblem(self, provider: SecretInOneFile, says: str) -> None:
        (problem,) = provider.check_config()
        self.assertIn(says, problem)
        self.assertNotIn(VALUE, problem)

    async def test_a_value_that_is_not_a_text_is_rejected_alone(self) -> None:
        self.write("a.json", f'{{"token": 5, "other": "{VALUE}"}}')
        provider = self.one("a.json")
        says = "a.json it is a number; put it in quotes"
        self.assertIn(says, await self.failure(provider, InvalidSecret))
        self.assertEqual(await provider.get("other"), VALUE)

    def test_values_that_nobody_asks_for_do_not_stop_the_master(self) -> None:
        """RDS writes its port as a number."""
        for file, content in (
            ("a.json", '{"port": 5432, "hosts": ["x"], "on": true, "none": null}'),
            ("a.toml", "port = 5432\nhosts = ['x']\nat = 2026-01-01\n"),
            ("a.yaml", "port: !!int 5432\nhosts: [x]\nnone:\n"),
        ):
            self.write(file, content)
            self.assertEqual(list(self.one(file).check_config()), [], file)

    async def test_numbers_as_texts(self) -> None:
        self.write("a.json", '{"token": 5432, "b": 1.50, "c": 1e400, "d": true, "e": [1]}')
        self.write("a.toml", "token = 5432\nb = 1.50\nd = true\n")
        for file in ("a.json", "a.toml"):
            provider = self.one(file, numbers="text")
            self.assertEqual(await provider.get("token"), "5432")
            self.assertEqual(await provider.get("b"), "1.50")
            error: Any = await self.assertFailure(provider.get("d"), InvalidSecret)
            self.assertIn("it is a boolean", str(error))
            await self.failure(self.one(file), InvalidSecret)
        self.assertEqual(await self.one("a.json", numbers="text").get("c"), "1e400")
        error = self.assertRaises(ConfigurationError, self.one, "a.json", numbers=True)
        self.assertIn("numbers must be one of 'error', 'text', not True", str(error))

    def test_home_directories(self) -> None:
        self.assertEqual(SecretInOneFile("~/a.json").filename, str(Path.home() / "a.json"))

    async def test_a_file_that_would_take_much_to_read(self) -> None:
        for file, content, says in (
            ("a.toml", "a." * (1 << 19), "as toml: it has a key of more than 20 parts"),
            ("a.env", "A=1\nB" + "\n" * (1 << 19), "as env: line 2 is not NAME=value"),
        ):
            self.write(file, content)
            self.assertIn(says, await self.failure(self.one(file), ProviderError))

    async def test_a_file_that_is_not_of_its_format_tells_the_line(self) -> None:
        self.write("a.yaml", f"token: {VALUE}\n- x\n")
        says = "a.yaml as yaml: it is not YAML, at line 2; correct it"
        self.assertIn(says, await self.failure(self.one("a.yaml"), ProviderError))
        self.assertProblem(self.one("a.yaml"), says)

    async def test_a_file_that_others_can_read(self) -> None:
        path = self.write("a.env", f"token={VALUE}", mode=0o644)
        says = f"is open to other users; run: chmod 600 {path.resolve()}"
        self.assertIn(says, await self.failure(self.one("a.env"), AccessDenied))
        self.assertProblem(self.one("a.env"), says)

    async def test_a_directory_that_others_can_write_to(self) -> None:
        self.write("a.env", f"token={VALUE}")
        self.dir.chmod(0o777)
        error: Any = await self.assertFailure(self.one("a.env").get("token"), AccessDenied)
        self.assertIn("the directory ", str(error))

    async def test_what_cannot_be_read(self) -> None:
        (self.dir / "d.env").mkdir()
        self.write("large.env", "x" * (MAX_SIZE + 1))
        self.write("blob.env", b"token=\xff")
        for file, kind, says in (
            ("no.env", ProviderUnavailable, "No such file or directory; create it or correct"),
            ("d.env", ProviderUnavailable, "is not a regular file of at most 1 MiB"),
            ("large.env", ProviderUnavailable, "is not a regular file of at most 1 MiB"),
            ("blob.env", ProviderError, "it is not UTF-8 text"),
        ):
            self.assertIn(says, await self.failure(self.one(file), kind))
            self.assertProblem(self.one(file), says)

    def test_a_missing_library_is_reported_with_the_command(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInOneFile, "a.yaml")
            SecretInOneFile("a.json")
        self.assertIn("pip install 'buildbot-keychain[files]'", str(error))
