"""Deadlines, and errors that name what was asked for."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.vault.transport import RequestContext


class RequestContextTests(SynchronousTestCase):
    """`RequestContext`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.context = RequestContext("vault", "a/b", self.clock, 5.0)

    def test_the_time_that_is_left(self) -> None:
        self.clock.advance(3.0)
        self.assertEqual(self.context.remaining(), 2.0)
        self.clock.advance(3.0)
        self.assertEqual(self.context.remaining(), 0.0)

    def test_each_error_names_provider_path_and_reason(self) -> None:
        for error, kind in (
            (self.context.error("why"), ProviderError),
            (self.context.denied("why"), AccessDenied),
            (self.context.unavailable("why"), ProviderUnavailable),
            (self.context.timed_out("why"), DeadlineExceeded),
            (self.context.error_like(AccessDenied("other", "c", "why")), AccessDenied),
        ):
            self.assertIs(type(error), kind)
            self.assertRegex(str(error), "^secret 'a/b': provider 'vault': .*why$")

    def waiting(self, shared: Deferred[str]) -> Deferred[str]:
        return Deferred.fromCoroutine(self.context.wait_for(shared, "the login is not done"))

    def test_waiting_for_a_result(self) -> None:
        shared: Deferred[str] = Deferred()
        waiting = self.waiting(shared)
        shared.callback("done")
        self.assertEqual(self.successResultOf(waiting), "done")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_waiting_for_an_error_of_another_context(self) -> None:
        shared: Deferred[str] = Deferred()
        waiting = self.waiting(shared)
        shared.errback(AccessDenied("vault", "its login", "refused"))
        failure = self.failureResultOf(waiting, AccessDenied)
        self.assertIn("secret 'a/b': provider 'vault': refused", failure.getErrorMessage())

    def test_waiting_ends_at_the_deadline(self) -> None:
        waiting = self.waiting(Deferred())
        self.clock.advance(5.0)
        failure = self.failureResultOf(waiting, DeadlineExceeded)
        self.assertIn("5 seconds: the login is not done", failure.getErrorMessage())
