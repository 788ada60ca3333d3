"""With which result a step, or the preparation of a build, ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.results import CANCELLED, EXCEPTION, FAILURE, RETRY, SUCCESS
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.outages import Retries, Waiting, end_step
from buildbot_keychain.errors import AccessDenied, InvalidName, ProviderUnavailable, SecretNotFound

AWAY = ProviderUnavailable("vault", "ci/db", "it cannot be reached")


class _Build:
    results = SUCCESS


class EndStepTests(SynchronousTestCase):
    def setUp(self) -> None:
        master = SimpleNamespace()
        retries = Retries(master)
        self.keychain = SimpleNamespace(
            retries=retries, waiting=Waiting(master, lambda: 0.0, retries.end_outage)
        )
        self.build: Any = _Build()

    def end(self, error: Any) -> Any:
        step: Any = SimpleNamespace(
            build=self.build,
            results=EXCEPTION,
            haltOnFailure=False,
            flunkOnFailure=False,
            updateBuildSummaryPolicy=[EXCEPTION],
        )
        end_step(self.keychain, step, error)
        return step

    def test_it_halts_the_build_and_says_why(self) -> None:
        for error in (
            AccessDenied("vault", "x", "no"),
            InvalidName("secret 'x': wrong"),
            SecretNotFound("x", ("vault",)),
        ):
            step = self.end(error)
            self.assertEqual(step.results, FAILURE)
            self.assertEqual(step.descriptionDone, error.page_message)
            self.assertTrue(step.haltOnFailure)
            self.assertTrue(step.flunkOnFailure)
            self.assertIn(FAILURE, step.updateBuildSummaryPolicy)

    def test_what_may_pass_is_retried_unless_the_build_has_failed(self) -> None:
        self.assertEqual(self.end(AWAY).results, RETRY)
        for results in (FAILURE, EXCEPTION, CANCELLED):
            self.build.results = results
            self.assertEqual(self.end(AWAY).results, FAILURE)

    def test_a_build_that_is_stopped_ends_as_it_was_asked_to(self) -> None:
        for results in (CANCELLED, RETRY):
            self.keychain.waiting.stop(self.build, results)
            for error in (AWAY, AccessDenied("vault", "x", "no")):
                self.assertEqual(self.end(error).results, results)
