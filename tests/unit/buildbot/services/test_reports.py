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

    def test_those_that_wait_share_what_is_looked_up(self) -> None:
        waiting = [self.report(*(self.away() for _ in range(4)), succeed(FOUND))]
        waiting += [self.report() for _ in range(20)]
        for pause in (5, 10, 20, 40):
            self.master.reactor.advance(pause)
        self.assertEqual([self.successResultOf(each) for each in waiting], [FOUND] * 21)
        self.assertEqual(self.answers, [])
        # The next report asks anew.
        self.assertIs(self.successResultOf(self.report(succeed(FOUND))), FOUND)

    def test_those_that_asked_at_the_same_time_do_too(self) -> None:
        lookups: list[Deferred[SecretDetails]] = [Deferred(), Deferred()]
        waiting = [self.report(lookup) for lookup in lookups]
        for lookup in lookups:
            lookup.errback(self.away())
        self.answers.append(succeed(FOUND))
        self.master.reactor.advance(5)
        self.assertEqual([self.successResultOf(each) for each in waiting], [FOUND] * 2)

    def test_each_waits_up_to_its_own_limit(self) -> None:
        early = self.report(*(self.away() for _ in range(100)))
        self.master.reactor.pump([60] * 40)
        late = self.report()
        self.master.reactor.pump([60] * 21)
        self.failureResultOf(early, ProviderUnavailable)
        self.assertNoResult(late)
        self.answers.insert(0, succeed(FOUND))
        self.master.reactor.advance(60)
        self.assertIs(self.successResultOf(late), FOUND)

    def test_what_no_retry_can_help(self) -> None:
        denied = AccessDenied("vault", "token", "its policy does not allow it")
        self.failureResultOf(self.report(denied), AccessDenied)

    def test_a_reporter_that_is_stopped_waits_no_longer(self) -> None:
        hanging: Deferred[SecretDetails] = Deferred()
        second, first = self.report(hanging), self.report(self.away())
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

    def test_all_that_wait_end_with_their_reporter(self) -> None:
        waiting = [self.report(self.away())] + [self.report() for _ in range(3)]
        self.reports.end(self.reporter, lambda: None)
        for each in waiting:
            self.failureResultOf(each, ProviderUnavailable)
        self.assertEqual(self.reports.waiting, ())

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
