"""Every provider that needs no server keeps the contract that the shipped suite tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.file import SecretInAFile
from buildbot_keychain.testing import ProviderContract
from tests.unit.providers.directories import FileTestCase


def hang_in_thread(test: TestCase, provider: Any) -> None:
    """Let a `BlockingProvider` wait in its threads until the end of the test."""
    over = threading.Event()
    test.addCleanup(over.set)
    provider.deadline = 0.2
    provider.read = lambda path: over.wait(20) and None


class SecretInAFileTests(ProviderContract, FileTestCase):
    def make_provider(self) -> SecretInAFile:
        return SecretInAFile(self.dir)

    def store(self, name: str, value: str) -> None:
        partial = self.write(f"{name}.tmp", value)
        partial.rename(self.dir / name)

    def remove(self, name: str) -> None:
        (self.dir / name).unlink()

    def break_it(self, provider: Any) -> None:
        (self.dir / "token").chmod(0o644)

    def mend(self, provider: Any) -> None:
        (self.dir / "token").chmod(0o600)

    def hang(self, provider: Any) -> None:
        hang_in_thread(self, provider)

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        yield lambda: SecretInAFile("")
        yield lambda: SecretInAFile("x", suffixes=".txt")
        yield lambda: SecretInAFile("x", name="a!b")
