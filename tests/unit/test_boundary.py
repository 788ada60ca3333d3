from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, setDebugging, succeed
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.boundary import guarded, without_trace
from buildbot_keychain.errors import (
    AccessDenied,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from tests.support.failures import ForgetsItsBase, KeepsItsValue, TellsItsValue, failing_lookups
from tests.support.reachable import reachable_text

CANARY = "canary-0123456789"


class GuardedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def run_guarded(self, lookup: Any) -> Deferred[Any]:
        wait = partial(deferLater, self.clock)
        return guarded(lookup(wait), lambda failure: without_trace(failure, "p", "x"))

    def test_a_result_passes(self) -> None:
        async def lookup(wait: Any) -> str:
            await wait(1)
            return CANARY

        result = self.run_guarded(lookup)
        self.assertNoResult(result)
        self.clock.advance(1)
        self.assertEqual(self.successResultOf(result), CANARY)

    def test_no_value_can_be_reached_from_an_error(self) -> None:
        for way, lookup in failing_lookups(CANARY):
            result = self.run_guarded(lookup)
            self.clock.advance(1)
            failure = self.failureResultOf(result)
            self.assertIsInstance(failure.value, (KeychainError, CancelledError), way)
            self.assertNotIn(CANARY, reachable_text(failure), way)
            self.assertNotIn(CANARY, failure.getTraceback(), way)

    def test_nor_where_deferreds_are_debugged(self) -> None:
        setDebugging(True)
        self.addCleanup(setDebugging, False)
        self.test_no_value_can_be_reached_from_an_error()

    def test_nor_from_an_error_of_a_caller_that_has_handled_it(self) -> None:
        for way, lookup in failing_lookups(CANARY):
            running = Deferred.fromCoroutine(self.handle_and_raise(lookup))
            self.clock.advance(1)
            self.assertNotIn(CANARY, reachable_text(self.failureResultOf(running, IndexError)), way)

    async def handle_and_raise(self, lookup: Any) -> None:
        with contextlib.suppress(KeychainError, CancelledError):
            await self.run_guarded(lookup)
        raise IndexError

    def test_a_cancelled_lookup_is_cancelled_behind_the_boundary(self) -> None:
        cancelled: list[bool] = []

        async def lookup(wait: Any) -> None:
            await Deferred(lambda _: cancelled.append(True))

        result = self.run_guarded(lookup)
        result.cancel()
        self.failureResultOf(result, CancelledError)
        self.assertEqual(cancelled, [True])

    def test_a_lookup_that_goes_on_when_it_is_cancelled_is_not_waited_for(self) -> None:
        for ending in ("result", "error"):

            async def lookup(wait: Any, ending: str = ending) -> str:
                try:
                    await Deferred()
                except CancelledError:
                    await wait(1)
                if ending == "error":
                    raise ValueError(CANARY)
                return CANARY

            result = self.run_guarded(lookup)
            result.cancel()
            self.failureResultOf(result, CancelledError)
            self.clock.advance(1)

    def test_what_a_cancelled_lookup_raises_leaves(self) -> None:
        async def lookup(wait: Any) -> None:
            try:
                await Deferred()
            except CancelledError as error:
                raise ProviderUnavailable("p", "x", "it has been stopped; start it") from error

        result = self.run_guarded(lookup)
        result.cancel()
        self.failureResultOf(result, ProviderUnavailable)


class WithoutTraceTests(SynchronousTestCase):
    def crossed(self, error: BaseException) -> Any:
        return without_trace(Failure(error), "mine", "y")

    def test_an_error_of_ours_keeps_its_message_and_attributes(self) -> None:
        for error in (
            AccessDenied("p", "x", "is locked; unlock it"),
            SecretNotFound("x", ("a", "b")),
            KeychainError("is broken"),
        ):
            crossed = self.crossed(error)
            self.assertIs(type(crossed), type(error))
            self.assertIsNot(crossed, error)
            self.assertEqual((str(crossed), vars(crossed)), (str(error), vars(error)))
            self.assertEqual(crossed.args, (str(error),))

    def test_a_subclass_becomes_the_class_of_ours(self) -> None:
        crossed = self.crossed(KeepsItsValue(CANARY))
        self.assertIs(type(crossed), ProviderError)
        self.assertEqual(str(crossed), "secret 'x': provider 'p': is down; start it")
        crossed = self.crossed(TellsItsValue(CANARY))
        self.assertIs(type(crossed), AccessDenied)
        self.assertEqual((crossed.provider, crossed.path), ("p", "x"))

    def test_an_error_of_other_code_says_where_it_was_raised(self) -> None:
        async def broken() -> None:
            raise ValueError(CANARY)

        failure = self.failureResultOf(Deferred.fromCoroutine(broken()))
        crossed: Any = without_trace(failure, "mine", "y")
        self.assertIs(type(crossed), ProviderError)
        self.assertEqual((crossed.provider, crossed.path), ("mine", "y"))
        for expected in ("'mine'", "'y'", "ValueError", "test_boundary.py", "in broken"):
            self.assertIn(expected, str(crossed))

    def test_a_subclass_without_a_message_is_of_other_code(self) -> None:
        crossed = self.crossed(ForgetsItsBase(CANARY))
        self.assertIn("it failed with ForgetsItsBase", str(crossed))

    def test_a_cancellation_stays_one(self) -> None:
        self.assertEqual(self.crossed(CancelledError(CANARY)).args, ())

    def test_an_error_that_waiters_share_is_copied_for_each(self) -> None:
        error = ProviderError("p", "x", "is down")
        self.assertIsNot(self.crossed(error), self.crossed(error))


class SyncTests(SynchronousTestCase):
    def test_what_is_there_at_once_is_delivered_at_once(self) -> None:
        async def lookup() -> str:
            return await succeed("value")

        result = guarded(lookup(), lambda failure: AssertionError())
        self.assertEqual(self.successResultOf(result), "value")
