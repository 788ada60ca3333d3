from __future__ import annotations

import threading
from typing import TypeVar

from twisted.internet import reactor
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from buildbot_keychain.workpool import PoolState, WorkPool, run_once

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
