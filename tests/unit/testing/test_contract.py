"""The conformance suite itself: a good provider passes it, and each fault fails the test for it."""

from __future__ import annotations

import base64
import logging
import posixpath
import subprocess
import threading
import time
import unittest
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.filepath import FilePath
from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    KeychainError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.service import ProviderService
from buildbot_keychain.testing import ProviderContract


class Place:
    """Where the providers here read from."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.broken = False
        self.hangs = False


class Good(ProviderService):
    name = "good"

    def __init__(self, place: Place, size: object = 1) -> None:
        super().__init__(None, None)
        if not isinstance(size, int):
            self.fail_config("size", "an int", size)
        self.place = place

    async def look_up(self, path: str) -> Any:
        if self.place.broken:
            raise AccessDenied(self.name, path, "it is broken")
        if self.place.hangs:
            await self.wait(path)
        return self.place.held.get(path)

    async def wait(self, path: str) -> None:
        never: Deferred[None] = Deferred()
        try:
            return await never.addTimeout(0.1, self.reactor)
        except DeferredTimeout:
            pass
        raise DeadlineExceeded(self.name, path, "it hangs")


class Contract(ProviderContract):
    """The tests, for a `provider_class`."""

    provider_class: ClassVar[Callable[..., Any]] = Good
    operation_timeout = 5.0

    def make_provider(self) -> Any:
        self.place = vars(self).setdefault("place", Place())
        return self.provider_class(self.place)

    def store(self, name: str, value: str) -> None:
        self.place.held[name] = value

    def remove(self, name: str) -> None:
        del self.place.held[name]

    def break_store(self, provider: Any) -> None:
        self.place.broken = True

    def repair_store(self, provider: Any) -> None:
        self.place.broken = False

    def hang(self, provider: Any) -> None:
        self.place.hangs = True

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        yield lambda: self.provider_class(Place(), size="one")


class GoodTests(Contract, TestCase):
    pass


def faults_of(
    provider: Callable[..., Any], case: type = Contract, only: str = ""
) -> dict[str, str]:
    """Run tests of the suite for a provider; give what was said of each that did not pass."""
    tests = type("Tests", (case, TestCase), {"provider_class": provider, "operation_timeout": 0.5})
    result = unittest.TestResult()
    loader = unittest.TestLoader()
    loader.testMethodPrefix = only or "test_"
    loader.loadTestsFromTestCase(tests).run(result)
    assert result.testsRun
    return {test.id().rpartition(".")[2]: said for test, said in result.failures + result.errors}


class FaultTests(SynchronousTestCase):
    """Providers with one fault each."""

    def assertFault(self, test: str, provider: type[Good], says: str = "") -> None:
        faults = faults_of(provider, only=test)
        self.assertIn(test, faults)
        self.assertIn(says, faults[test])
        self.assertNotRegex("".join(faults.values()), "canary-[0-9a-f]{24}")

    def test_missing_is_not_empty(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(path) or ""

        self.assertFault("test_what_is_not_there_is_not_held", Wrong)

    def test_empty_is_not_missing(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(path) or None

        self.assertFault("test_an_empty_value_is_held", Wrong)

    def test_missing_is_no_error(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                return (await super().look_up(path)) or self.place.held[path]

        self.assertFault("test_what_is_not_there_is_not_held", Wrong)
        self.assertFault("test_odd_names_are_not_held", Wrong, "made it fail with ProviderError")

    def test_odd_names_lead_nowhere(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(posixpath.normpath(path))

        self.assertFault("test_odd_names_are_not_held", Wrong, "'./token' was answered")

    def test_values_are_not_altered(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return value and value.strip()

        self.assertFault("test_values_of_every_kind", Wrong, "blanks at both ends")

    def test_values_are_texts(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return value and value.encode()

        self.assertFault("test_a_secret_is_given", Wrong, "but bytes")

    def test_large_values_are_not_cut(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return value and value[:32768]

        self.assertFault("test_a_large_value", Wrong, "of 32768 characters")

    def test_nothing_is_kept_for_ever(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                return vars(self).setdefault(path, await super().look_up(path))

        self.assertFault("test_a_changed_secret_is_seen_at_the_next_lookup", Wrong)
        self.assertFault("test_a_removed_secret_is_held_no_more", Wrong)

    def test_lookups_are_not_mixed_up(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                self.path = path
                await deferLater(self.reactor, 0, lambda: None)
                return await super().look_up(self.path)

        self.assertFault("test_many_lookups_at_once", Wrong)

    def test_trouble_is_no_absence(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                return None if self.place.broken else await super().look_up(path)

        self.assertFault("test_trouble_is_an_error", Wrong)
        self.assertFault("test_trouble_ends_the_fan_out", Wrong)

    def test_trouble_passes(self) -> None:
        class Wrong(Good):
            was_broken = False

            async def look_up(self, path: str) -> Any:
                self.was_broken = self.was_broken or self.place.broken
                if self.was_broken:
                    raise AccessDenied(self.name, path, "it was broken")
                return await super().look_up(path)

        self.assertFault("test_trouble_passes", Wrong)

    def test_no_error_tells_a_value(self) -> None:
        def in_text(value: str) -> Exception:
            return AccessDenied("good", "token", f"{value} is refused")

        def in_base64(value: str) -> Exception:
            return in_text(base64.b64encode(f"x{value}".encode()).decode())

        def in_an_attribute(value: str) -> Exception:
            error: Any = AccessDenied("good", "token", "it is refused")
            error.response = FilePath("/tmp")
            error.response.body = value.encode()
            return error

        def in_a_cause(value: str) -> Exception:
            error = AccessDenied("good", "token", "it is refused")
            error.__cause__ = ValueError([{"body": value}])
            return error

        for make in (in_text, in_base64, in_an_attribute, in_a_cause):

            class Wrong(Good):
                # Around the boundary that would clean the error.
                def get(self, path: str, make: Any = make) -> Any:
                    if self.place.broken:
                        return fail(make(self.place.held[path]))
                    return super().get(path)

            self.assertFault("test_trouble_is_an_error", Wrong, "AccessDenied holds a value")

    def test_errors_are_of_ours(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                if self.place.broken:
                    raise KeychainError("it is broken")
                return await super().look_up(path)

        self.assertFault("test_trouble_is_an_error", Wrong)

    def test_no_log_shows_a_value(self) -> None:
        class ToTwisted(Good):
            log = Logger()

            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                self.log.debug("found", answer={"value": value})
                return value

        class ToTheStandardLibrary(Good):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                logging.getLogger("wire").debug("GET %s: %r", path, (value or "").encode().hex())
                return value

        for wrong in (ToTwisted, ToTheStandardLibrary):
            self.assertFault("test_a_secret_is_given", wrong, "the log shows a value")

    def test_no_repr_shows_a_value(self) -> None:
        class Wrong(Good):
            def __repr__(self) -> str:
                return f"Wrong({self.place.held})"

        self.assertFault("test_it_shows_no_value", Wrong)

    def test_there_is_a_deadline(self) -> None:
        class Wrong(Good):
            async def wait(self, path: str) -> None:
                await Deferred()

        says = "nothing within 0.5 seconds"
        self.assertFault("test_a_place_that_does_not_answer_meets_a_deadline", Wrong, says)
        self.assertFault("test_it_stops_while_lookups_wait", Wrong, says)

    def test_a_lookup_can_be_cancelled(self) -> None:
        class Wrong(Good):
            async def wait(self, path: str) -> None:
                try:
                    await super().wait(path)
                except CancelledError:
                    await super().wait(path)

        self.assertFault("test_a_lookup_that_waits_can_be_cancelled", Wrong)

    def test_the_reactor_is_not_blocked(self) -> None:
        class Wrong(Good):
            async def wait(self, path: str) -> None:
                time.sleep(0.6)

        test = "test_a_place_that_does_not_answer_meets_a_deadline"
        self.assertFault(test, Wrong, "get() blocks the reactor")

    def test_no_thread_stays(self) -> None:
        over = threading.Event()

        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                threading.Thread(target=over.wait, args=[30]).start()
                return await super().look_up(path)

        self.addCleanup(over.set)
        self.assertFault("test_it_leaves_nothing_behind", Wrong, "threads or processes")

    def test_no_process_stays(self) -> None:
        class Wrong(Good):
            started: ClassVar[list[subprocess.Popen[bytes]]] = []

            async def look_up(self, path: str) -> Any:
                if not self.started:
                    self.started.append(subprocess.Popen(["true"]))
                return await super().look_up(path)

        self.assertFault("test_it_leaves_nothing_behind", Wrong, "threads or processes")
        Wrong.started[0].wait()

    def test_a_stopped_one_does_not_answer(self) -> None:
        class Wrong(Good):
            async def _get(self, path: str) -> Any:
                return await self.look_up(path)

        self.assertFault("test_a_stopped_one_is_unavailable", Wrong)

    def test_a_stopped_one_can_be_started(self) -> None:
        class Wrong(Good):
            async def look_up(self, path: str) -> Any:
                if vars(self).get("over"):
                    raise ProviderUnavailable(self.name, path, "it is over")
                return await super().look_up(path)

            def stopService(self) -> Any:
                self.over = True
                return super().stopService()

        self.assertFault("test_it_can_be_started_again", Wrong)

    def test_each_has_a_life_of_its_own(self) -> None:
        class Wrong(Good):
            def stopService(self) -> Any:
                self.place.held.clear()
                return super().stopService()

        self.assertFault("test_a_second_one_takes_over", Wrong)

    def test_stopping_does_not_hang(self) -> None:
        class Wrong(Good):
            def stopService(self) -> Any:
                super().stopService()
                return Deferred()

        self.assertFault("test_one_that_was_never_used_stops", Wrong, "stopService(): nothing")

    def test_arguments_are_checked(self) -> None:
        class Wrong(Good):
            def __init__(self, place: Place, size: object = 1) -> None:
                super().__init__(place)

        self.assertFault("test_wrong_arguments_are_refused", Wrong)


class HookTests(SynchronousTestCase):
    def test_what_is_not_said_is_not_tested_and_named(self) -> None:
        class Least(ProviderContract, TestCase):
            def make_provider(self) -> Any:
                self.place = vars(self).setdefault("place", Place())
                return Good(self.place)

            def store(self, name: str, value: str) -> None:
                self.place.held[name] = value

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Least).run(result)
        self.assertTrue(result.wasSuccessful(), result.failures + result.errors)
        hooks = {reason.split()[1].partition("(")[0] for _, reason in result.skipped}
        self.assertEqual(hooks, {"remove", "break_store", "hang", "wrong_arguments"})

    def test_names_that_can_not_be_held_are_left_out(self) -> None:
        class Short(Contract):
            def can_hold(self, value: str) -> bool:
                return value.isprintable() and value != ""

            def store(self, name: str, value: str) -> None:
                assert self.can_hold(value)
                super().store(name, value)

        self.assertEqual(faults_of(Good, Short), {})
