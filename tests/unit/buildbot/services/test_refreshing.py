"""When it is looked whether secrets have changed."""

from __future__ import annotations

import gc

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._refreshing import FILE_INTERVAL, Refresher


class RefresherTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.checks: list[bool] = []
        self.pending: Deferred[None] | None = None
        self.refresher = Refresher(self.check)

    def check(self, files_only: bool) -> Deferred[None]:
        """Note a check."""
        self.checks.append(files_only)
        return self.pending or succeed(None)

    def pass_(self, seconds: float, times: int) -> None:
        """Let time pass."""
        self.clock.pump([seconds] * times)

    def test_files_are_checked_in_between(self) -> None:
        self.refresher.set(3 * FILE_INTERVAL, self.clock)
        self.pass_(FILE_INTERVAL, 6)
        self.assertEqual(self.checks, [True, True, False] * 2)

    def test_everything_may_be_checked_more_often(self) -> None:
        self.refresher.set(1, self.clock)
        self.pass_(1, 3)
        self.assertEqual(self.checks, [False] * 3)

    def test_never(self) -> None:
        self.refresher.set(None, self.clock)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_another_interval(self) -> None:
        self.refresher.set(1, self.clock)
        self.refresher.set(2, self.clock)
        self.pass_(1, 2)
        self.assertEqual(self.checks, [False])
        self.refresher.set(None, self.clock)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_one_check_at_a_time(self) -> None:
        self.pending = Deferred()
        self.refresher.set(1, self.clock)
        self.pass_(1, 3)
        self.assertEqual(self.checks, [False])
        self.pending.callback(None)
        self.pending = None
        self.pass_(1, 1)
        self.assertEqual(self.checks, [False, False])

    def test_a_check_that_fails_is_not_the_last_one(self) -> None:
        self.pending = fail(ValueError("a bug"))
        self.refresher.set(1, self.clock)
        self.pass_(1, 1)
        self.pending = None
        gc.collect()
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.pass_(1, 1)
        self.assertEqual(self.checks, [False, False])

    def test_a_stop_during_a_check(self) -> None:
        self.pending = Deferred()
        self.refresher.set(1, self.clock)
        self.pass_(1, 1)
        self.refresher.stop()
        self.pending.callback(None)
        self.assertEqual(self.clock.getDelayedCalls(), [])
