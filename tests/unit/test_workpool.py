from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from buildbot_keychain.workpool import FewThreads, PoolState, WorkPool, run_once

T = TypeVar("T")


class WorkPoolTests(TestCase):
    def setUp(self) -> None:
        self.pool = WorkPool(reactor, 2, "test")
        self.addCleanup(self.pool.stop)

    async def test_work_runs_outside_of_the_reactor(self) -> None:
        thread = await self.pool.run(30, threading.current_thread)
        self.assertIsNot(thread, threading.current_thread())
        self.assertTrue(thread.daemon)

    async def test_what_it_raises_is_delivered(self) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        await self.assertFailure(self.pool.run(30, fail), ZeroDivisionError)

    async def test_threads_are_bounded_and_all_work_is_done(self) -> None:
        threads = await gatherResults([self.pool.run(30, threading.get_ident) for _ in range(200)])
        self.assertEqual(len(threads), 200)
        self.assertLessEqual(len(set(threads)), 2)

    async def test_a_clock_alone_has_what_is_done_once_done_here(self) -> None:
        """No thread can deliver to it; what a pool does comes through Twisted's reactor."""
        clock, here = Clock(), threading.get_ident()
        self.assertEqual(await run_once(clock, 30, "test", threading.get_ident), here)
        few = FewThreads(1, "test")
        for _ in range(2):
            self.assertEqual(await few.run(clock, 30, threading.get_ident), here)
        pool = WorkPool(clock, 1, "test")
        self.addCleanup(pool.stop)
        self.assertNotEqual(await pool.run(30, threading.get_ident), here)

    async def test_its_state(self) -> None:
        self.assertEqual(self.pool.state, PoolState(2, 0, 0))
        release = threading.Event()
        self.addCleanup(release.set)
        works = [self.pool.run(30, lambda: release.wait(30)) for _ in range(5)]
        self.assertEqual(self.pool.state, PoolState(2, 2, 3))
        release.set()
        await gatherResults(works)
        self.assertEqual(self.pool.state, PoolState(2, 0, 0))

    async def test_work_that_hangs_meets_its_deadline_and_the_pool_goes_on(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        hanging = self.pool.run(0.01, lambda: release.wait(30))
        await self.assertFailure(hanging, DeferredTimeout)
        self.assertEqual(await self.pool.run(30, lambda: "next"), "next")

    async def test_work_given_up_before_it_began_is_not_begun(self) -> None:
        release, begun = threading.Event(), threading.Event()
        blockers = [self.pool.run(30, lambda: release.wait(30)) for _ in range(2)]
        late = self.pool.run(0.01, begun.set)
        await self.assertFailure(late, DeferredTimeout)
        release.set()
        await gatherResults(blockers)
        await self.pool.run(30, lambda: None)
        self.assertFalse(begun.is_set())

    def test_a_stopped_pool_takes_no_work(self) -> None:
        self.pool.stop()
        self.assertRaises(RuntimeError, self.pool.run, 1, lambda: None)


class RunOnceTests(TestCase):
    async def test_its_thread_does_not_stay(self) -> None:
        thread = await run_once(reactor, 10, "once", threading.current_thread)
        self.assertEqual(thread.name, "once-1")
        thread.join(10)
        self.assertFalse(thread.is_alive())

    async def test_what_it_raises_is_delivered(self) -> None:
        def fail() -> None:
            raise ValueError("wrong")

        with self.assertRaisesRegex(ValueError, "wrong"):
            await run_once(reactor, 10, "once", fail)


class FewThreadsTests(TestCase):
    def setUp(self) -> None:
        self.threads = FewThreads(2, "few")
        self.release = threading.Event()
        self.addCleanup(self.release.set)

    def run_in_one(self, deadline: float, work: Callable[[], T]) -> Deferred[T]:
        return Deferred.fromCoroutine(self.threads.run(reactor, deadline, work))

    async def test_a_call_that_hangs_counts_until_it_returns(self) -> None:
        begun = []

        def hang() -> None:
            begun.append(threading.current_thread())
            self.release.wait(30)

        for deadline in (0.05, 0.05, 0.01, 0.01, 0.01):
            await self.assertFailure(self.run_in_one(deadline, hang), DeferredTimeout)
        self.assertEqual(len(begun), 2)
        waiting = self.run_in_one(30, threading.current_thread)
        self.release.set()
        thread = await waiting
        self.assertEqual(thread.name, "few-1")
        for each in (*begun, thread):
            each.join(30)
            self.assertFalse(each.is_alive())

    async def test_what_it_raises_is_delivered_and_all_is_done(self) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        for _ in range(3):
            await self.assertFailure(self.run_in_one(30, fail), ZeroDivisionError)
        threads = await gatherResults([self.run_in_one(30, threading.get_ident) for _ in range(20)])
        self.assertEqual(len(threads), 20)
