from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.errors import (
    ConfigurationError,
    DeadlineExceeded,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import IHasPools, ISecretProvider
from buildbot_keychain.providers.service import BlockingProvider, ProviderService
from buildbot_keychain.workpool import PoolState
from tests.support.failures import failing_lookups
from tests.support.reachable import reachable_text

CANARY = "canary-0123456789"


class Store(ProviderService):
    name = "Store"
    kind = "store"

    def __init__(self, lookup: Callable[[], Any], name: str | None = None) -> None:
        super().__init__(name, Clock())
        self.lookup = lookup

    async def look_up(self, path: str) -> str | None:
        value: str | None = await self.lookup()
        return value


async def found() -> str:
    return CANARY


class ProviderServiceTests(SynchronousTestCase):
    def test_it_keeps_the_contract(self) -> None:
        verifyObject(ISecretProvider, Store(found))

    def test_it_is_called_by_its_class_or_as_it_was_given(self) -> None:
        self.assertEqual(Store(found).name, "Store")
        self.assertEqual(Store(found, "mine").name, "mine")

    def test_a_network_that_fails_makes_it_unavailable(self) -> None:
        async def refused() -> str:
            raise ConnectionRefusedError(CANARY)

        error = self.failureResultOf(Store(refused).get("x"), ProviderUnavailable).value
        self.assertIn("it cannot be reached: it failed with ConnectionRefusedError", str(error))
        self.assertNotIn(CANARY, reachable_text(error))

    def test_names_that_cannot_be_used(self) -> None:
        for name in ("", " ", "a!b", 5, b"a"):
            error = self.assertRaises(ConfigurationError, Store, found, name)
            self.assertIn("name must be a str that is not blank and holds no '!'", str(error))

    def test_wrong_arguments_are_quoted_and_types_are_named(self) -> None:
        store = Store(found, "mine")
        for given, shown in (
            ("/x", ", not '/x'"),
            (5, ", not 5"),
            (bytes, ", not of type bytes"),
            (str, ""),  # it says nothing that it is a str
        ):
            error = self.assertRaises(
                ConfigurationError, store.fail_config, "path", "a directory", given
            )
            self.assertEqual(str(error), f"mine: path must be a directory{shown}")

    def test_an_argument_that_is_one_of_several(self) -> None:
        store = Store(found, "mine")
        store._require_one_of("numbers", ("error", "text"), "text")
        error = self.assertRaises(
            ConfigurationError, store._require_one_of, "numbers", ("error", "text"), True
        )
        self.assertEqual(str(error), "mine: numbers must be one of 'error', 'text', not True")

    def test_an_argument_that_is_a_bool(self) -> None:
        store = Store(found, "mine")
        store._require_bool("strip", False)
        error = self.assertRaises(ConfigurationError, store._require_bool, "strip", 1)
        self.assertEqual(str(error), "mine: strip must be True or False, not 1")

    def test_it_answers_before_its_first_start_and_until_it_is_stopped(self) -> None:
        store = Store(found, "mine")
        self.assertEqual(self.successResultOf(store.get("x")), CANARY)
        store.startService()
        self.assertEqual(self.successResultOf(store.get("x")), CANARY)
        store.stopService()
        error = self.failureResultOf(store.get("x"), ProviderUnavailable).value
        self.assertEqual((error.provider, error.path), ("mine", "x"))
        self.assertIn("has been stopped", str(error))
        store.startService()
        self.assertEqual(self.successResultOf(store.get("x")), CANARY)


class ErrorTests(SynchronousTestCase):
    """What leaves a provider holds no value, whichever way the provider fails."""

    def test_no_value_can_be_reached_from_an_error(self) -> None:
        for way, lookup in failing_lookups(CANARY):
            clock = Clock()
            result = Store(partial(lookup, partial(deferLater, clock))).get("x")
            clock.advance(1)
            failure = self.failureResultOf(result)
            self.assertIsInstance(failure.value, (KeychainError, CancelledError), way)
            self.assertNotIn(CANARY, reachable_text(failure), way)

    def test_nor_where_there_is_another_entry(self) -> None:
        class Other(Store):
            def get_for(self, path: str) -> Deferred[str | None]:
                return self.without_trace(path, self.look_up(path))

        for way, lookup in failing_lookups(CANARY):
            clock = Clock()
            result = Other(partial(lookup, partial(deferLater, clock))).get_for("x")
            clock.advance(1)
            self.assertNotIn(CANARY, reachable_text(self.failureResultOf(result)), way)

    def test_an_error_of_other_code_names_provider_path_and_place(self) -> None:
        async def broken() -> None:
            raise ValueError(CANARY)

        error = self.failureResultOf(Store(broken, "mine").get("x"), ProviderError).value
        self.assertEqual((error.provider, error.path), ("mine", "x"))
        self.assertIn("it failed with ValueError at", str(error))
        self.assertIn("test_service.py", str(error))


class Disk(BlockingProvider):
    name = "Disk"
    kind = "disk"
    deadline = 0.2

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__(None, reactor)
        self.reader = read

    def read(self, path: str) -> str | None:
        value: str | None = self.reader(path)
        return value

    def timeout_hint(self) -> str:
        return "is it mounted?"


class BlockingProviderTests(TestCase):
    def disk(self, read: Callable[[str], Any]) -> Disk:
        disk = Disk(read)
        self.addCleanup(disk.stopService)
        return disk

    async def test_it_reads_in_a_thread_of_its_own(self) -> None:
        disk = self.disk(lambda path: f"{path} in {threading.current_thread().name}")
        disk.deadline = 20.0
        self.assertEqual(await disk.get("x"), "x in keychain-Disk-1")

    async def test_a_read_that_hangs_meets_the_deadline(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        disk = self.disk(lambda path: over.wait(20) and None)
        error: Any = await self.assertFailure(disk.get("x"), DeadlineExceeded)
        self.assertEqual(
            str(error),
            "secret 'x': provider 'Disk': no answer within 0.2 seconds; is it mounted?",
        )

    async def test_no_value_can_be_reached_from_an_error_of_a_thread(self) -> None:
        def read(path: str) -> str:
            value = CANARY
            raise LookupError(value)

        def work(value: str) -> str:
            raise ProviderError("Disk", "x", "is broken")

        disk = self.disk(read)
        disk.deadline = 20.0
        lookups: list[Deferred[Any]] = [
            disk.get("x"),
            disk.without_trace("x", disk.in_thread("x", partial(work, CANARY))),
        ]
        for lookup in lookups:
            error = await self.assertFailure(lookup, ProviderError)
            self.assertNotIn(CANARY, reachable_text(error))

    async def test_nor_from_one_of_a_deadline_or_a_stop(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        disk = self.disk(lambda path: None)
        work = partial(lambda value, path: over.wait(20) and value, CANARY, "x")
        late = disk.without_trace("x", disk.in_thread("x", work))
        error = await self.assertFailure(late, DeadlineExceeded)
        self.assertNotIn(CANARY, reachable_text(error))
        disk.stopService()
        stopped = disk.without_trace("x", disk.in_thread("x", work))
        error = await self.assertFailure(stopped, ProviderUnavailable)
        self.assertNotIn(CANARY, reachable_text(error))

    async def test_it_says_what_its_threads_do(self) -> None:
        disk = self.disk(str)
        verifyObject(IHasPools, disk)
        self.assertEqual(disk.pool_states(), [])
        disk.deadline = 20.0
        await disk.get("x")
        self.assertEqual(disk.pool_states(), [PoolState(4, 0, 0)])

    async def test_a_stopped_provider_starts_again_with_new_threads(self) -> None:
        disk = self.disk(lambda path: "value")
        disk.deadline = 20.0
        self.assertEqual(await disk.get("x"), "value")
        disk.stopService()
        await self.assertFailure(disk.get("x"), ProviderUnavailable)
        disk.startService()
        self.assertEqual(await disk.get("x"), "value")
