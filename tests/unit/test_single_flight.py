from __future__ import annotations

import threading
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain.single_flight import SingleFlight


class SingleFlightTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.flights = SingleFlight()
        self.started: list[Deferred[str]] = []

    async def run_started(self) -> str:
        result: Deferred[str] = Deferred()
        self.started.append(result)
        return await result

    def ask(self, key: str = "a") -> Deferred[str]:
        return self.flights.do(key, self.run_started)


class SharingTests(SingleFlightTestCase):
    def test_callers_share_a_run_of_their_key(self) -> None:
        waiting = [self.ask() for _ in range(3)]
        other = self.ask("b")
        self.assertEqual(len(self.started), 2)
        self.started[0].callback("x")
        self.assertEqual([self.successResultOf(one) for one in waiting], ["x"] * 3)
        self.assertNoResult(other)
        self.started[1].callback("y")
        self.assertEqual(self.successResultOf(other), "y")

    def test_nothing_is_kept_after_the_result(self) -> None:
        self.ask()
        self.started[0].callback("x")
        again = self.ask()
        self.started[1].callback("y")
        self.assertEqual(self.successResultOf(again), "y")

    def test_a_run_without_waiting_is_not_shared(self) -> None:
        async def at_once() -> str:
            return f"run {len(self.started)}"

        self.assertEqual(self.successResultOf(self.flights.do("a", at_once)), "run 0")
        self.started.append(Deferred())
        self.assertEqual(self.successResultOf(self.flights.do("a", at_once)), "run 1")

    def test_a_caller_that_asks_again_on_the_result_starts_a_new_run(self) -> None:
        again: list[Deferred[str]] = []
        self.ask().addCallback(lambda _: again.append(self.ask()))
        self.started[0].callback("x")
        self.assertEqual(len(self.started), 2)
        self.assertNoResult(again[0])
        self.started[1].callback("y")
        self.assertEqual(self.successResultOf(again[0]), "y")

    def test_each_caller_gets_a_failure_of_its_own(self) -> None:
        waiting = [self.ask() for _ in range(2)]
        self.started[0].errback(RuntimeError())
        failures = [self.failureResultOf(one, RuntimeError) for one in waiting]
        self.assertIsNot(failures[0], failures[1])
        again = self.ask()
        self.started[1].callback("x")
        self.assertEqual(self.successResultOf(again), "x")

    def test_a_caller_that_cancels_leaves_the_run_to_the_others(self) -> None:
        first, second = (self.ask() for _ in range(2))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.started[0].callback("x")
        self.assertEqual(self.successResultOf(second), "x")


class CloseTests(SingleFlightTestCase):
    def test_who_asks_after_close_waits_for_a_new_run(self) -> None:
        first = self.ask()
        self.flights.close("a")
        late = self.ask()
        self.started[0].callback("old")
        self.assertEqual(self.successResultOf(first), "old")
        self.assertNoResult(late)
        self.started[1].callback("new")
        self.assertEqual(self.successResultOf(late), "new")

    def test_the_end_of_a_closed_run_leaves_the_new_one_open(self) -> None:
        first = self.ask()
        self.flights.close("a")
        late = self.ask()
        self.started[0].callback("old")
        self.successResultOf(first)
        joined = self.ask()
        self.assertEqual(len(self.started), 2)
        self.started[1].callback("new")
        self.assertEqual([self.successResultOf(one) for one in (late, joined)], ["new"] * 2)

    def test_other_keys_stay_open(self) -> None:
        waiting = [self.ask("b")]
        self.flights.close("a")
        waiting.append(self.ask("b"))
        self.started[0].callback("x")
        self.assertEqual([self.successResultOf(one) for one in waiting], ["x"] * 2)


class SettledTests(SingleFlightTestCase):
    def test_it_fires_when_all_runs_have_ended_whoever_still_waits(self) -> None:
        self.successResultOf(self.flights.settled())
        first, second = self.ask("a"), self.ask("b")
        first.cancel()
        self.failureResultOf(first, CancelledError)
        settled = self.flights.settled()
        later = self.ask("c")
        self.started[1].callback("x")
        self.assertEqual(self.successResultOf(second), "x")
        self.assertNoResult(settled)
        self.started[0].errback(RuntimeError())
        self.successResultOf(settled)
        self.assertNoResult(later)

    def test_it_waits_for_closed_runs_too(self) -> None:
        self.ask()
        self.flights.close("a")
        settled = self.flights.settled()
        self.assertNoResult(settled)
        self.started[0].callback("x")
        self.successResultOf(settled)


class CancelTests(SingleFlightTestCase):
    def test_everyone_who_waits_gets_a_cancelled_error(self) -> None:
        waiting = [self.ask(key) for key in "aab"]
        self.flights.close("b")
        self.flights.cancel()
        for one in waiting:
            self.failureResultOf(one, CancelledError)
        again = self.ask()
        self.started[-1].callback("x")
        self.assertEqual(self.successResultOf(again), "x")


class ThreadTests(TestCase):
    async def test_a_run_that_closes_itself_before_it_reads_answers_nobody_with_an_old_value(
        self,
    ) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - trial installs it

        threads: Any = reactor

        pool = ThreadPool(0, 2)
        pool.start()
        self.addCleanup(pool.stop)
        flights = SingleFlight()
        value = ["old"]
        has_read, may_return = threading.Event(), threading.Event()

        def read() -> str:
            flights.close("a")
            found = value[0]
            has_read.set()
            may_return.wait(10)
            return found

        async def run() -> str:
            return await deferToThreadPool(threads, pool, read)

        early = flights.do("a", run)
        self.assertTrue(has_read.wait(10))
        value[0] = "new"
        late = flights.do("a", run)
        may_return.set()
        self.assertEqual([await early, await late], ["old", "new"])
