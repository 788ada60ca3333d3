"""`SecretInSops` keeps the contract of providers: with one file, and with a directory of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.testing import ProviderContract
from tests.support.contract_tests import without
from tests.support.sops.case import SopsTestCase


@without("test_unreachable_server_is_unavailable")
class OneFileTests(ProviderContract, SopsTestCase):
    operation_timeout = 30.0

    def setUp(self) -> None:
        super().setUp()
        self.values: dict[str, str] = {}
        self.write_file()

    def make_provider(self) -> SecretInSops:
        return SecretInSops(self.files / "secrets.json", age_key_file=self.key_file)

    def write_file(self) -> None:
        """Write the file as a deployment does: next to the old one, then in its place."""
        self.write("new.tmp", self.writer.json(self.values)).rename(self.files / "secrets.json")

    def store(self, name: str, value: str) -> None:
        self.values[name] = value
        self.write_file()

    def can_hold(self, value: str) -> bool:
        return value != ""

    def remove(self, name: str) -> None:
        del self.values[name]
        self.write_file()

    def break_store(self, provider: Any) -> None:
        text = self.writer.json({"other": "value"})
        self.write("secrets.json", text.replace("data:", "data:AAAA"))

    def repair_store(self, provider: Any) -> None:
        self.write_file()

    def hang(self, provider: Any) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        provider.deadline = 0.2
        provider._read = lambda path, key: over.wait(20) and None

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        yield lambda: SecretInSops("")
        yield lambda: SecretInSops([])
        yield lambda: SecretInSops("secrets.yaml", numbers="yes")
        yield lambda: SecretInSops("x", age_key_file="k", age_key="k")
        yield lambda: SecretInSops("x", age_key=b"k")
        yield lambda: SecretInSops("x", age_key=5)
        yield lambda: SecretInSops("x", name="a!b")


class DirectoryTests(OneFileTests):
    """Each secret is a binary file of its own."""

    def make_provider(self) -> SecretInSops:
        return SecretInSops(self.files, age_key_file=self.key_file)

    def write_file(self) -> None:
        pass

    def store(self, name: str, value: str) -> None:
        text = self.writer.json({"data": value})
        self.write(f"{name}.tmp", text).rename(self.files / name)

    def remove(self, name: str) -> None:
        (self.files / name).unlink()

    def break_store(self, provider: Any) -> None:
        (self.files / "token").chmod(0o666)

    def repair_store(self, provider: Any) -> None:
        (self.files / "token").chmod(0o644)
