"""Build requests that are left alone for a while."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.results import CANCELLED, EXCEPTION, FAILURE, RETRY, SUCCESS
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.outages import Retries
from buildbot_keychain.buildbot.outages._retries import MOST_RETRIES
from buildbot_keychain.errors import KeychainError, ProviderUnavailable

AWAY = ProviderUnavailable("vault", "ci/db", "it cannot be reached")
REQUEST = 11


class _Build:
    """A build, which can be a key of a weak mapping."""

    def __init__(self, request: int = REQUEST) -> None:
        self.results = SUCCESS
        self.requests = [SimpleNamespace(id=request)]
        self.builder = SimpleNamespace(name="linux")


class RetriesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.started: list[str] = []
        self.told: Any = None
        master = SimpleNamespace(
            reactor=self.clock,
            botmaster=SimpleNamespace(maybeStartBuildsForBuilder=self.started.append),
            mq=SimpleNamespace(startConsuming=self.consume),
        )
        self.retries = Retries(master)
        self.patch(self.retries, "setServiceParent", self.join)

    def join(self, parent: Any) -> None:
        self.retries.parent = parent

    def consume(self, told: Any, path: Any) -> None:
        self.assertIsNone(self.told)
        self.assertEqual(path, ("buildrequests", None, "complete"))
        self.told = told

    def end(self, results: int = RETRY, request: int = REQUEST, error: KeychainError = AWAY) -> Any:
        """End a build because of `error`; return its text and results."""
        build: Any = _Build(request)
        self.retries.retry(build, error)
        ended = self.retries.at_end(build, ["x"], results)
        return build, *ended

    def test_builds_without_an_outage_end_as_they_do(self) -> None:
        for results in (SUCCESS, FAILURE, EXCEPTION, RETRY):
            self.assertEqual(self.retries.at_end(_Build(), ["x"], results), (["x"], results))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_pause_grows_and_has_a_limit(self) -> None:
        for seconds in (15, 30, 60, 120, 120):
            _build, text, results = self.end()
            self.assertEqual((text, results), (["x", f"(again in {seconds} s)"], RETRY))
            self.assertTrue(self.retries.is_paused(REQUEST))
            self.assertFalse(self.retries.is_paused(REQUEST + 1))
            self.assertEqual(self.retries.count, 1)
            self.clock.advance(seconds - 0.1)
            self.assertTrue(self.retries.is_paused(REQUEST))
            self.assertEqual(self.started, [])
            self.clock.advance(0.1)
            self.assertFalse(self.retries.is_paused(REQUEST))
            self.assertEqual(self.started.pop(), "linux")

    def test_pauses_end_when_the_provider_answers_again(self) -> None:
        other = ProviderUnavailable("aws", "ci/db", "it cannot be reached")
        for request, error in ((1, AWAY), (2, other), (3, AWAY)):
            self.end(request=request, error=error)
        self.retries.end_outage("files")
        self.assertEqual(self.started, [])
        self.retries.end_outage("vault")
        self.assertEqual(self.started, ["linux"])
        paused = [self.retries.is_paused(request) for request in (1, 2, 3)]
        self.assertEqual(paused, [False, True, False])
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.assertIn("(again in 30 s)", self.end(request=1)[1])

    def test_after_so_many_it_is_a_failure(self) -> None:
        for _ in range(MOST_RETRIES):
            self.end()
            self.clock.advance(120)
        build, text, results = self.end()
        self.assertEqual((build.results, results), (FAILURE, FAILURE))
        self.assertEqual(text, [f"failed after {MOST_RETRIES} retries: {AWAY.page_message}"])
        self.assertFalse(self.retries.is_paused(REQUEST))

    def test_a_build_that_is_cancelled_or_failed_is_not_retried(self) -> None:
        for results in (CANCELLED, FAILURE):
            self.assertEqual(self.end(results)[2], results)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_request_that_is_complete_is_forgotten(self) -> None:
        self.end()
        self.told((), {"buildrequestid": REQUEST + 1})
        self.assertTrue(self.retries.is_paused(REQUEST))
        self.told((), {"buildrequestid": REQUEST})
        self.assertFalse(self.retries.is_paused(REQUEST))
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertIn("(again in 15 s)", self.end()[1])

    def test_pauses_end_with_the_master(self) -> None:
        self.end()
        self.retries.startService()
        self.retries.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_build_that_could_not_be_prepared(self) -> None:
        build: Any = _Build()
        self.retries.end_unprepared(build, ["why"], FAILURE)
        self.assertEqual(self.retries.at_end(build, ["x"], EXCEPTION), (["why"], FAILURE))
        self.assertEqual(self.retries.at_end(build, ["x"], EXCEPTION), (["x"], EXCEPTION))
