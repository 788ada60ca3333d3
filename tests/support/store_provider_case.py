"""`StoreProviderTestCase`: a store, and providers that serve it."""

from __future__ import annotations

import threading
import time
from typing import Any

from twisted.application.service import IService
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.providers.store import SecretInStore
from tests.support.store_case import StoreTestCase


class StoreProviderTestCase(StoreTestCase, TestCase):
    """A new store in SQLite, and providers that are stopped after the test."""

    def setUp(self) -> None:
        super().setUp()
        self.secrets = self.store
        """The store, as another process has it."""
        del self.store  # what the tests of the contract call `store` is a method

    def provider(self, **arguments: Any) -> SecretInStore:
        """Return a provider of the store, which has not been started."""
        provider = SecretInStore(**{"url": self.url, "key_file": self.ring_file.path, **arguments})
        self.addCleanup(self.stop, provider)
        return provider

    def started(self, **arguments: Any) -> SecretInStore:
        """Return a provider that is started."""
        provider = self.provider(**arguments)
        IService(provider).startService()
        return provider

    def stop(self, provider: SecretInStore) -> None:
        """Stop a provider, and wait until its store is closed."""
        thread = provider._serving._background._thread
        provider.stopService()
        thread.join(60)

    async def settle(self, provider: SecretInStore) -> None:
        """Wait until a started provider has done what no lookup waits for."""
        done = threading.Event()
        provider._serving._background.do(done.set)
        await provider.in_thread("", lambda: done.wait(60))

    def put(self, name: str, value: str | bytes, **metadata: Any) -> int:
        """Write a version, as another process would."""
        return self.secrets.set(name, value, now=int(time.time()), **metadata)

    async def error_text(self, asked: Any, kind: type[ProviderError] = ProviderError) -> str:
        """Return the message of a lookup that fails."""
        error: Any = await self.assertFailure(asked, kind)
        return str(error)
