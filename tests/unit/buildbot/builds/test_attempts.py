"""Writes that may fail."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._attempts import Attempts
from buildbot_keychain.buildbot.state import DatabaseProblemError


class AttemptsTests(SynchronousTestCase):
    """`Attempts`."""

    def setUp(self) -> None:
        self.attempts = Attempts("it did not work ({problem})")
        self.events: list[Any] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def succeeds(self, error: Exception | None = None) -> bool:
        async def work() -> None:
            if error is not None:
                raise error

        return bool(self.successResultOf(Deferred.fromCoroutine(self.attempts.succeeds(work))))

    def test_the_first_of_several_failures_is_logged(self) -> None:
        problem = DatabaseProblemError("no such table")
        outcomes = [self.succeeds(e) for e in (problem, problem, None, ValueError("tr0ub4dor&3"))]
        self.assertEqual(outcomes, [False, False, True, False])
        first, second = [text for text in map(eventAsText, self.events) if "did not work" in text]
        self.assertIn("it did not work (no such table)", first)
        self.assertIn("ValueError", second)
        self.assertNotIn("tr0ub4dor", second)

    def test_one_after_the_other(self) -> None:
        first: Deferred[None] = Deferred()
        done: list[str] = []
        self.attempts.run(lambda: first.addCallback(lambda _: done.append("first")))
        self.attempts.run(lambda: succeed(None).addCallback(lambda _: done.append("second")))
        self.assertEqual(done, [])
        first.callback(None)
        self.assertEqual(done, ["first", "second"])

    def test_what_is_wanted_several_times_at_once_is_done_once_later(self) -> None:
        later: list[Any] = []
        attempts = Attempts("", later.append)
        done: list[str] = []

        def first() -> Deferred[None]:
            return succeed(None).addCallback(lambda _: done.append("first"))

        def second() -> Deferred[None]:
            return succeed(None).addCallback(lambda _: done.append("second"))

        for work in (first, second) * 3:
            attempts.run_later(work)
        self.assertEqual((done, len(later)), ([], 2))
        for call in later:
            call()
        self.assertEqual(done, ["first", "second"])
        attempts.run_later(first)
        self.assertEqual(len(later), 3)
