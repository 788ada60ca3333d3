"""The providers that need no server keep the contract that the shipped suite tests."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, ClassVar

import yaml
from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.environment import SecretInEnvironment
from buildbot_keychain.providers.files import SecretInAFile, SecretInOneFile
from buildbot_keychain.testing import ProviderContract
from tests.support.contract_tests import without
from tests.support.directories import FileTestCase

_PREFIXES = count()


def hang_in_threads(test: TestCase, provider: Any) -> None:
    """Let a `BlockingProvider` wait in its threads until the end of the test."""
    over = threading.Event()
    test.addCleanup(over.set)
    provider.deadline = 0.2
    provider.read = lambda path: over.wait(20) and None


@without("test_unreachable_server_is_unavailable")
class SecretInAFileTests(ProviderContract, FileTestCase):
    def make_provider(self) -> SecretInAFile:
        return SecretInAFile(self.dir)

    def store(self, name: str, value: str) -> None:
        self.write(f"{name}.tmp", value).rename(self.dir / name)

    def remove(self, name: str) -> None:
        (self.dir / name).unlink()

    def break_store(self, provider: Any) -> None:
        (self.dir / "token").chmod(0o644)

    def repair_store(self, provider: Any) -> None:
        (self.dir / "token").chmod(0o600)

    def hang(self, provider: Any) -> None:
        hang_in_threads(self, provider)
        for file in self.dir.iterdir():  # of what has not changed, it knows the value
            file.touch()

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        yield lambda: SecretInAFile("")
        yield lambda: SecretInAFile("x", suffixes=".txt")
        yield lambda: SecretInAFile("x", name="a!b")


@without(
    "test_concurrent_waiting_lookups_all_end",
    "test_lookup_of_a_hanging_store_has_a_deadline",
    "test_sees_a_removed_secret",
    "test_stops_while_lookups_wait",
    "test_unreachable_server_is_unavailable",
    "test_waiting_lookup_can_be_cancelled",
)
class SecretInEnvironmentTests(ProviderContract, TestCase):
    """What is taken stays, and nothing waits: no secret is removed, and no lookup hangs."""

    def setUp(self) -> None:
        # What a process's environment held is kept for the process: a prefix for each test.
        self.prefix = f"KEYCHAIN_TEST_{next(_PREFIXES)}_"
        self.addCleanup(os.environ.pop, f"{self.prefix}token", None)

    def make_provider(self) -> SecretInEnvironment:
        return SecretInEnvironment(self.prefix)

    def store(self, name: str, value: str) -> None:
        os.environ[self.prefix + name] = value

    def break_store(self, provider: Any) -> None:
        os.environb[os.fsencode(f"{self.prefix}token")] = b"canary\xff"

    def repair_store(self, provider: Any) -> None:
        self.store("token", "again")

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        for prefix in ("", "_", "PATH", "A=", "a b_", "A__\n", "é_", None, 5):
            yield lambda prefix=prefix: SecretInEnvironment(prefix)  # type: ignore[misc]


@without("test_unreachable_server_is_unavailable")
class OneFileContract(ProviderContract):
    """A file of some format."""

    file: ClassVar[str]

    def make_provider(self: Any) -> SecretInOneFile:
        self.held = vars(self).setdefault("held", {"group": {"nested": "x"}})
        self.save()
        return SecretInOneFile(self.dir / self.file)

    def written(self, held: dict[str, Any]) -> str:
        raise NotImplementedError

    def save(self: Any) -> None:
        self.write("new", self.written(self.held)).rename(self.dir / self.file)

    def store(self: Any, name: str, value: str) -> None:
        self.held[name] = value
        self.save()

    def remove(self: Any, name: str) -> None:
        del self.held[name]
        self.save()

    def break_store(self: Any, provider: Any) -> None:
        self.write("new", self.written(self.held) + '\n"').rename(self.dir / self.file)

    def repair_store(self: Any, provider: Any) -> None:
        self.save()

    def hang(self: Any, provider: Any) -> None:
        hang_in_threads(self, provider)

    def wrong_arguments(self: Any) -> Iterable[Callable[[], object]]:
        for filename in ("", "/", "secrets", "a.json\0", None):
            yield lambda filename=filename: SecretInOneFile(filename)  # type: ignore[misc]
        yield lambda: SecretInOneFile(self.file, format="xml")


class DotenvTests(OneFileContract, FileTestCase):
    file = ".env"

    def written(self, held: dict[str, Any]) -> str:
        def quoted(value: str) -> str:
            return '"' + re.sub(r'(["\\$])', r"\\\1", value).replace("\r", r"\r") + '"'

        lines = [f"{name}={quoted(v)}" for name, v in held.items() if isinstance(v, str)]
        return "\n".join(lines)


class JsonTests(OneFileContract, FileTestCase):
    file = "secrets.json"

    def written(self, held: dict[str, Any]) -> str:
        return json.dumps(held)


class YamlTests(OneFileContract, FileTestCase):
    file = "secrets.yaml"

    def written(self, held: dict[str, Any]) -> str:
        return str(yaml.safe_dump(held))


class TomlTests(OneFileContract, FileTestCase):
    file = "secrets.toml"

    def written(self, held: dict[str, Any]) -> str:
        def quoted(value: str) -> str:
            return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")

        lines = [f"{name} = {quoted(v)}" for name, v in held.items() if isinstance(v, str)]
        return "\n".join([*lines, "[group]", 'nested = "x"'])
