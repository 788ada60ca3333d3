from __future__ import annotations

from typing import Any

from buildbot.plugins import reporters
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._reports import LIMIT, Reports
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import AccessDenied, KeychainError, ProviderUnavailable
from tests.support.services_master import ServicesMaster

FOUND = SecretDetails("vault", "token", "s3cr3t-of-a-report")
CLASS = "buildbot.reporters.github.GitHubStatusPush"


class ReportsTests(SynchronousTestCase):
    """Reports that wait, with a clock."""

    def setUp(self) -> None:
        self.master = ServicesMaster()
        self.reports = Reports(self.master)
        self.reporter = reporters.GitHubStatusPush(token="x")
        self.answers: list[Any] = []

    def look_up(self) -> Deferred[SecretDetails]:
        """Return the next answer."""
        answer = self.answers.pop(0)
        return fail(answer) if isinstance(answer, Exception) else answer

    def report(self, *answers: Any) -> Deferred[SecretDetails]:
        self.answers += answers
        return Deferred.fromCoroutine(self.reports.wait_out(self.reporter, "token", self.look_up))

    def away(self) -> ProviderUnavailable:
        return ProviderUnavailable("vault", "token", "it is away")

    def test_it_waits_longer_each_time(self) -> None:
        waiting = self.report(*(self.away() for _ in range(7)), succeed(FOUND))
        for pause in (5, 10, 20, 40, 60, 60):
            self.master.reactor.advance(pause)
        self.assertNoResult(waiting)
        self.assertEqual(
            self.reports.waiting,
            ("reporter GitHubStatusPush waits for `token`: provider 'vault': it is away",),
        )
        self.master.reactor.advance(60)
        self.assertIs(self.successResultOf(waiting), FOUND)
        self.assertEqual((self.reports.waiting, self.reports._pauses), ((), {}))

    def test_up_to_a_limit(self) -> None:
        waiting = self.report(*(self.away() for _ in range(100)))
        for _ in range(int(LIMIT / 60) + 5):
            self.master.reactor.advance(60)
        self.failureResultOf(waiting, ProviderUnavailable)

    def test_what_no_retry_can_help(self) -> None:
        denied = AccessDenied("vault", "token", "its policy does not allow it")
        self.failureResultOf(self.report(denied), AccessDenied)

    def test_a_reporter_that_is_stopped_waits_no_longer(self) -> None:
        hanging: Deferred[SecretDetails] = Deferred()
        first, second = self.report(self.away()), self.report(hanging)
        stopped: Deferred[None] = Deferred()
        ending = self.reports.end(self.reporter, lambda: stopped)
        self.failureResultOf(first, ProviderUnavailable)
        self.failureResultOf(second, KeychainError)
        # Buildbot begins with the reports that were behind those: they ask no provider any more.
        self.failureResultOf(self.report(self.away()), KeychainError)
        self.assertEqual(len(self.answers), 1)
        self.answers.clear()
        stopped.callback(None)
        self.successResultOf(ending)
        hanging.callback(FOUND)
        self.assertNoResult(self.report(self.away()))

    def test_nor_does_one_of_a_master_that_stops(self) -> None:
        waiting = self.report(self.away())
        self.master.stopService()
        self.failureResultOf(waiting, ProviderUnavailable)

    def test_a_lookup_that_is_cancelled_is_not_repeated(self) -> None:
        hanging: Deferred[SecretDetails] = Deferred()
        waiting = self.report(hanging)
        hanging.cancel()
        self.failureResultOf(waiting, CancelledError)

    def test_who_is_a_reporter(self) -> None:
        self.master.service_manager = type("Manager", (), {})()
        services: Any = {"GitHubStatusPush": self.reporter, "other": object()}
        self.master.service_manager.namedServices = services
        for requester, found in (
            (Requester("service", service="GitHubStatusPush", service_class=CLASS), self.reporter),
            (Requester("service", service="GitHubStatusPush", service_class="a.Worker"), None),
            (Requester("service", service="other", service_class="builtins.object"), None),
            (Requester("unknown"), None),
        ):
            self.assertIs(self.reports.reporter_of(requester), found)
        self.assertIsNone(Reports(object()).reporter_of(Requester("unknown")))
