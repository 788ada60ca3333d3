from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, FirstError, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.deferreds import SLICE, Pauses, returns_deferred, root_error, within


class Adder:
    def __init__(self) -> None:
        self.started = 0

    @returns_deferred
    async def add(self, one: int, later: Deferred[int], *, more: int = 0) -> int:
        """Add."""
        self.started += 1
        return one + await later + more


class ReturnsDeferredTests(SynchronousTestCase):
    def test_a_call_starts_at_once_and_returns_a_deferred(self) -> None:
        adder, later = Adder(), Deferred[int]()
        result = adder.add(1, later, more=4)
        self.assertEqual(adder.started, 1)
        self.assertNoResult(result)
        later.callback(2)
        self.assertEqual(self.successResultOf(result), 7)

    def test_an_exception_fails_the_deferred(self) -> None:
        later: Deferred[int] = Deferred()
        result = Adder().add(1, later)
        later.errback(ValueError("why"))
        self.assertEqual(str(self.failureResultOf(result, ValueError).value), "why")

    def test_the_function_keeps_its_name_and_docstring(self) -> None:
        self.assertEqual((Adder.add.__name__, Adder.add.__doc__), ("add", "Add."))


class RootErrorTests(SynchronousTestCase):
    def test_lists_in_lists(self) -> None:
        error = ValueError("the first one")
        nested = FirstError(Failure(FirstError(Failure(error), 0)), 0)
        self.assertIs(root_error(nested), error)
        self.assertIs(root_error(error), error)


class WithinTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def test_a_result_in_time_or_at_once(self) -> None:
        for answer, late in ((Deferred(), True), (succeed("x"), False)):
            result = within(10, answer, self.clock)
            if late:
                self.assertNoResult(result)
                answer.callback("x")
            self.assertEqual(self.successResultOf(result), "x")
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_an_error_passes(self) -> None:
        answer: Deferred[str] = Deferred()
        result = within(10, answer, self.clock)
        answer.errback(ValueError())
        self.failureResultOf(result, ValueError)

    def test_one_that_waits_for_another_one_is_late_too(self) -> None:
        answer: Deferred[str] = succeed("x").addCallback(lambda _: Deferred())
        result = within(10, answer, self.clock)
        self.clock.advance(10)
        self.failureResultOf(result, DeferredTimeout)

    def test_what_is_late_is_cancelled_and_ignored(self) -> None:
        cancelled: list[object] = []
        answer: Deferred[str] = Deferred(cancelled.append)
        result = within(10, answer, self.clock)
        self.clock.advance(10)
        self.failureResultOf(result, DeferredTimeout)
        self.assertEqual(cancelled, [answer])

    def test_cancelling_ends_the_wait(self) -> None:
        answer: Deferred[str] = Deferred()
        result = within(10, answer, self.clock)
        result.cancel()
        self.failureResultOf(result, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])


class PausesTests(SynchronousTestCase):
    def test_work_pauses_after_each_slice_and_no_sooner(self) -> None:
        now, soon, done = [0.0], list[Any](), list[int]()
        pauses = Pauses(soon.append, lambda: now[0])

        async def work() -> None:
            for number in range(4):
                now[0] += 0.6 * SLICE
                done.append(number)
                await pauses.pause()

        working = Deferred.fromCoroutine(work())
        for count in (2, 4):
            self.assertEqual(len(done), count)
            self.assertNoResult(working)
            now[0] += 60  # what others take is not counted
            soon.pop()()
        self.successResultOf(working)
        self.assertEqual(soon, [])
