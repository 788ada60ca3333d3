"""`SecretInStore` keeps the contract of providers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from buildbot_keychain.providers.store import SecretInStore
from buildbot_keychain.store.unlocking import PassphraseFrom
from buildbot_keychain.testing import ProviderContract
from tests.support.store_provider_case import StoreProviderTestCase


class SecretInStoreTests(ProviderContract, StoreProviderTestCase):
    def make_provider(self) -> SecretInStore:
        return self.provider()

    def store(self, name: str, value: str) -> None:  # type: ignore[override]
        self.put(name, value)

    def remove(self, name: str) -> None:
        self.secrets.delete(name, now=1)

    def break_store(self, provider: Any) -> None:
        self.change("UPDATE keychain_store_versions SET payload = payload || x'00'")

    def repair_store(self, provider: Any) -> None:
        self.change(
            "UPDATE keychain_store_versions SET payload = substr(payload, 1, length(payload) - 1)"
        )

    def change(self, statement: str) -> None:
        with self.sqlite() as connection:
            connection.execute(statement)

    def make_unreachable_provider(self) -> SecretInStore:
        return self.provider(url="postgresql+psycopg2://keychain@127.0.0.1:1/secrets")

    def hang(self, provider: Any) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        provider.deadline = 0.2
        provider._read = lambda *_: over.wait(20) and None

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        for arguments in (
            {"url": ""},
            {"url": "secrets.sqlite"},
            {"url": "sqlite://"},
            {"url": "mysql://host/name"},
            {"url": 5},
            {"key_file": ""},
            {"key_file": None},
            {"seen_file": ""},
            {"unlock": "a passphrase"},
            {"unlock": PassphraseFrom(file="a")},
            {"keep_versions": 0},
            {"keep_versions": True},
            {"keep_days": 0},
            {"keep_days": "7"},
            {"rotate_after": -1},
            {"numbers": "yes"},
            {"name": "a!b"},
        ):
            yield lambda arguments=arguments: self.provider(**arguments)  # type: ignore[misc]
