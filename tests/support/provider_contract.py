"""A provider that keeps the contract, and a test case for providers that break it."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer

from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, ProviderUnavailable
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.testing import ProviderContract


class Store:
    """What the providers here read from."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.is_broken = False
        self.hangs = False
        self.is_reachable = True


@implementer(ICanonicalNames)
class GoodProvider(ProviderService):
    """A provider that keeps the contract."""

    name = "good"

    def __init__(self, store: Store, size: object = 1) -> None:
        super().__init__(None, None)
        if not isinstance(size, int):
            self.fail_config("size", "an int", size)
        self.store = store

    async def look_up(self, path: str) -> Any:
        if not self.store.is_reachable:
            raise ProviderUnavailable(self.name, path, "it refused the connection")
        if self.store.is_broken:
            raise AccessDenied(self.name, path, "it is broken")
        if self.store.hangs:
            await self.wait(path)
        return self.store.values.get(path)

    def canonical(self, path: str) -> Any:
        return path

    async def wait(self, path: str) -> None:
        never: Deferred[None] = Deferred()
        try:
            await never.addTimeout(0.1, self.reactor)
        except DeferredTimeout as error:
            raise DeadlineExceeded(self.name, path, "it hangs") from error


class GoodProviderContract(ProviderContract):
    """The contract with all hooks, for a `provider_class` derived from `GoodProvider`."""

    provider_class: ClassVar[Callable[..., Any]] = GoodProvider
    operation_timeout = 5.0

    def make_provider(self) -> Any:
        self._store = vars(self).setdefault("_store", Store())
        return self.provider_class(self._store)

    def store(self, name: str, value: str) -> None:
        self._store.values[name] = value

    def remove(self, name: str) -> None:
        del self._store.values[name]

    def break_store(self, provider: Any) -> None:
        self._store.is_broken = True

    def repair_store(self, provider: Any) -> None:
        self._store.is_broken = False

    def make_unreachable_provider(self) -> Any:
        store = Store()
        store.is_reachable = False
        return self.provider_class(store)

    def hang(self, provider: Any) -> None:
        self._store.hangs = True

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        yield lambda: self.provider_class(Store(), size="one")


def run_contract(
    provider: Callable[..., Any], contract: type = GoodProviderContract, only: str = ""
) -> dict[str, str]:
    """Run the contract, or the one test `only`, and return the report of each failed test."""
    attributes = {"provider_class": provider, "operation_timeout": 0.5}
    tests = type("Tests", (contract, TestCase), attributes)
    result = unittest.TestResult()
    loader = unittest.TestLoader()
    loader.testMethodPrefix = only or "test_"
    loader.loadTestsFromTestCase(tests).run(result)
    assert result.testsRun
    failed = result.failures + result.errors
    return {test.id().rpartition(".")[2]: report for test, report in failed}


class FaultyProviderTestCase(SynchronousTestCase):
    """For providers with one fault each."""

    def assertFault(self, test: str, provider: type[GoodProvider], message: str = "") -> None:
        """Fail if the test of the contract passes for `provider`, or reports a value."""
        reports = run_contract(provider, only=test)
        self.assertIn(test, reports)
        self.assertIn(message, reports[test])
        self.assertNotRegex("".join(reports.values()), "canary-[0-9a-f]{24}")
