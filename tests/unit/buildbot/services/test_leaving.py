"""A service leaves its parent, however it stops."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, succeed
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._leaving import leave


class Child(MultiService):
    """A service that stops as `ending` says, and counts how often."""

    name = "child"

    def __init__(self, ending: Deferred[None]) -> None:
        super().__init__()
        self.ending = ending
        self.stops = 0

    def stopService(self) -> Deferred[None]:
        self.stops += 1
        return self.ending


class LeavingTests(SynchronousTestCase):
    def parent_of(self, child: Child) -> MultiService:
        parent = MultiService()
        child.setServiceParent(parent)
        parent.startService()
        return parent

    def test_it_is_stopped_once_and_then_removed(self) -> None:
        child = Child(Deferred())
        parent = self.parent_of(child)
        leaving = Deferred.fromCoroutine(leave(child, "service"))
        self.assertIs(child.parent, parent)
        child.ending.callback(None)
        self.assertIsNone(self.successResultOf(leaving))
        self.assertIsNone(child.parent)
        self.assertEqual((list(parent), child.stops), ([], 1))

    def test_a_failure_to_stop_is_logged_and_does_not_keep_it(self) -> None:
        child = Child(Deferred())
        parent = self.parent_of(child)
        child.ending.errback(OSError("wrong password canary"))
        self.successResultOf(Deferred.fromCoroutine(leave(child, "service")))
        self.assertEqual((list(parent), child.stops), ([], 1))
        self.assertEqual(self.flushLoggedErrors(OSError), [])

    def failures_of(self, child: Child) -> list[str]:
        """Return what is logged when it leaves and Buildbot finds that it does not run."""
        logged: list[str] = []
        observer: Any = lambda event: logged.append(event["log_format"])  # noqa: E731
        globalLogPublisher.addObserver(observer)
        try:
            child.ending.errback(AssertionError("already stopped"))
            self.successResultOf(Deferred.fromCoroutine(leave(child, "service")))
        finally:
            globalLogPublisher.removeObserver(observer)
        return logged

    def test_one_that_was_never_started_does_not_count_as_failed(self) -> None:
        """Buildbot asserts that what it stops runs; others are set up before they do."""
        child = Child(Deferred())
        child.setServiceParent(MultiService())
        self.assertEqual(self.failures_of(child), [])
        self.assertIsNone(child.parent)
        started = Child(Deferred())
        self.parent_of(started)
        self.assertEqual(len(self.failures_of(started)), 1)

    def test_what_has_left_already_is_only_stopped(self) -> None:
        child = Child(succeed(None))
        self.successResultOf(Deferred.fromCoroutine(leave(child, "service")))
        self.assertEqual(child.stops, 1)
