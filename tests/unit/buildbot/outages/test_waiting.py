"""Lookups of builds that are repeated while their provider cannot be reached."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.results import CANCELLED, RETRY
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.outages import Waiting
from buildbot_keychain.details import SecretDetails
from buildbot_keychain.errors import AccessDenied, KeychainError, ProviderUnavailable

AWAY = ProviderUnavailable("vault", "ci/db", "it cannot be reached")
FOUND = SecretDetails("vault", "ci/db", "s3cr3t-of-the-waiting")


class _Step:
    def __init__(self, stepid: int = 1) -> None:
        self.stepid = stepid
        self.results: int | None = None
        self.stopped = False
        self._running = False
        self.summaries = 0

    def updateSummary(self) -> None:
        self.summaries += 1


class _Build:
    stopped = finished = _is_substantiating = False

    def __init__(self) -> None:
        self.currentStep: Any = _Step()
        self._preparation_step = _Step(7)


class WaitingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.states: list[tuple[int, str]] = []
        updates = SimpleNamespace(setStepStateString=self.state)
        self.services: list[Any] = []
        self.ended: list[str] = []
        master = SimpleNamespace(
            reactor=self.clock,
            data=SimpleNamespace(updates=updates),
            addService=self.services.append,
        )
        self.waiting = Waiting(master, lambda: 40.0, self.ended.append)
        self.patch(self.waiting, "setServiceParent", self.join)
        self.build: Any = _Build()
        self.answers: list[Any] = []
        self.lookups = 0

    def join(self, parent: Any) -> None:
        self.waiting.parent = parent
        self.services.append(parent)

    def state(self, stepid: int, text: str) -> Deferred[None]:
        self.states.append((stepid, text))
        return succeed(None)

    def look_up(self) -> Deferred[SecretDetails]:
        self.lookups += 1
        answer = self.answers.pop(0) if self.answers else AWAY
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)

    def wait(self) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.waiting.wait_out(self.build, self.look_up))

    def assert_failed(self, result: Deferred[Any], error: Exception = AWAY) -> None:
        self.assertIs(self.failureResultOf(result).value, error)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.waiting._pauses, {})

    def test_nothing_waits_for_what_is_there(self) -> None:
        self.answers = [FOUND]
        self.assertIs(self.successResultOf(self.wait()), FOUND)
        self.assertEqual((self.states, self.services, self.ended), ([], [], []))

    def test_what_a_retry_cannot_fix_is_not_waited_for(self) -> None:
        denied = AccessDenied("vault", "ci/db", "no")
        self.answers = [denied]
        self.assert_failed(self.wait(), denied)

    def test_it_waits_longer_each_time_and_says_how_long(self) -> None:
        self.answers = [AWAY] * 5 + [FOUND]
        result = self.wait()
        self.clock.pump([1, 2, 4, 8])
        self.assertNoResult(result)
        self.assertEqual(self.ended, [])
        self.assertEqual(
            self.states,
            [(1, f"waiting for vault, {seconds} s") for seconds in (0, 1, 3, 7, 15)],
        )
        self.clock.pump([10])
        self.assertIs(self.successResultOf(result), FOUND)
        self.assertEqual(len(self.services), 1)
        self.assertEqual(self.ended, ["vault"])
        self.assertEqual(self.build.currentStep.summaries, 0)

    def test_a_build_that_has_not_begun_waits_while_it_is_prepared(self) -> None:
        self.build.currentStep = None
        self.assert_failed(self.wait())
        self.answers = [AWAY, FOUND]
        with self.waiting.preparing(self.build):
            result = self.wait()
            self.clock.pump([1])
        self.assertIs(self.successResultOf(result), FOUND)
        self.assertEqual(self.states, [(7, "waiting for vault, 0 s")])
        self.assert_failed(self.wait())

    def test_a_step_that_runs_says_again_what_it_does(self) -> None:
        self.answers = [AWAY, FOUND]
        self.build.currentStep._running = True
        self.wait()
        self.clock.pump([1])
        self.assertEqual(self.build.currentStep.summaries, 1)

    def test_it_ends_at_the_limit_exactly_and_for_all_steps_of_the_build(self) -> None:
        result = self.wait()
        self.clock.pump([1, 2, 4, 8, 10, 10, 4.9])
        self.assertNoResult(result)
        self.clock.pump([0.1])
        self.assert_failed(result)
        self.build.currentStep = _Step(2)
        self.assert_failed(self.wait())
        self.build = _Build()
        self.assertNoResult(self.wait())

    def test_only_steps_wait(self) -> None:
        self.build.currentStep.results = 0
        self.assert_failed(self.wait())
        self.build.currentStep = None
        self.assert_failed(self.wait())
        self.build._is_substantiating = True
        self.assertNoResult(self.wait())
        self.assertEqual(self.states, [(7, "waiting for vault, 0 s")])

    def test_it_ends_when_the_build_is_stopped(self) -> None:
        for what in (self.build, self.build.currentStep):
            result = self.wait()
            self.assertNoResult(result)
            what.stopped = True
            self.waiting.wake(self.build)
            self.assert_failed(result)
            self.assert_failed(self.wait())
            what.stopped = False

    def hang(self, results: int) -> Deferred[Any]:
        """Wait for a lookup that has no answer, and wake the build that is to end so."""
        lookup: Deferred[Any] = Deferred()
        result = Deferred.fromCoroutine(self.waiting.wait_out(self.build, lambda: lookup))
        self.assertNoResult(result)
        self.waiting.stop(self.build, results)
        self.waiting.wake(self.build)
        lookup.callback(FOUND)  # for others
        return result

    def test_a_lookup_is_not_waited_for_when_the_build_is_stopped(self) -> None:
        for results in (RETRY, CANCELLED):
            self.failureResultOf(self.hang(results), KeychainError)
            self.assertEqual(self.waiting._pauses, {})

    def test_a_lookup_that_no_step_waits_for_is_not_interrupted(self) -> None:
        self.build.currentStep = None
        self.assertIs(self.successResultOf(self.hang(CANCELLED)), FOUND)

    def test_a_lookup_that_is_cancelled_by_others(self) -> None:
        lookup: Deferred[Any] = Deferred()
        result = Deferred.fromCoroutine(self.waiting.wait_out(self.build, lambda: lookup))
        lookup.cancel()
        self.failureResultOf(result, CancelledError)

    def test_the_master_ends_a_lookup_that_hangs(self) -> None:
        lookup: Deferred[Any] = Deferred()
        result = Deferred.fromCoroutine(self.waiting.wait_out(self.build, lambda: lookup))
        self.assertEqual(len(self.services), 1)
        self.waiting.stopService()
        self.failureResultOf(result, KeychainError)

    def test_it_ends_with_the_master(self) -> None:
        results = [self.wait(), self.wait()]
        self.waiting.startService()
        self.waiting.stopService()
        for result in results:
            self.assertIsInstance(self.failureResultOf(result), Failure)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_build_that_is_stopped_ends_with_what_was_asked_for(self) -> None:
        self.assertIsNone(self.waiting.results_of_stopped(self.build))
        self.waiting.stop(self.build, 5)
        self.assertEqual(self.waiting.results_of_stopped(self.build), 5)
