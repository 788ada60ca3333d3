from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store.shared_work import SharedWork


class SharedWorkTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.queue: list[tuple[Callable[[], str], Deferred[str]]] = []
        self.shared: SharedWork[str] = SharedWork(self.run_later)
        self.done: list[str] = []

    def run_later(self, work: Callable[[], str]) -> Deferred[str]:
        deferred: Deferred[str] = Deferred()
        self.queue.append((work, deferred))
        return deferred

    def work(self, result: str) -> Callable[[], str]:
        def work() -> str:
            self.done.append(result)
            return result

        return work

    def test_who_asks_before_it_begins_shares_it(self) -> None:
        first, second = (self.shared.get("a", self.work(name)) for name in ("one", "two"))
        other = self.shared.get("b", self.work("three"))
        for work, deferred in self.queue:
            deferred.callback(work())
        self.assertEqual(self.done, ["one", "three"])
        self.assertEqual(self.successResultOf(first), "one")
        self.assertEqual(self.successResultOf(second), "one")
        self.assertEqual(self.successResultOf(other), "three")

    def test_who_asks_after_it_has_begun_does_not(self) -> None:
        first = self.shared.get("a", self.work("one"))
        ((work, deferred),) = self.queue
        result = work()
        late = self.shared.get("a", self.work("two"))
        deferred.callback(result)
        self.assertEqual(self.successResultOf(first), "one")
        self.assertNoResult(late)
        work, deferred = self.queue[1]
        deferred.callback(work())
        self.assertEqual(self.successResultOf(late), "two")

    def test_a_failure_is_everybodys(self) -> None:
        both = [self.shared.get("a", self.work("x")) for _ in range(2)]
        self.queue[0][1].errback(ValueError("why"))
        for deferred in both:
            self.failureResultOf(deferred, ValueError)
        again = self.shared.get("a", self.work("x"))
        work, deferred = self.queue[1]
        deferred.callback(work())
        self.assertEqual(self.successResultOf(again), "x")

    def test_one_that_is_cancelled_leaves_the_others(self) -> None:
        first, second = (self.shared.get("a", self.work("x")) for _ in range(2))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        work, deferred = self.queue[0]
        deferred.callback(work())
        self.assertEqual(self.successResultOf(second), "x")

    def test_it_has_ended_when_all_work_has_that_nobody_waits_for_too(self) -> None:
        self.successResultOf(self.shared.ended())
        first, _second = (self.shared.get(key, self.work(key)) for key in ("a", "b"))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        ended = self.shared.ended()
        self.queue[1][1].callback("b")
        self.assertNoResult(ended)
        self.queue[0][1].errback(CancelledError())
        self.successResultOf(ended)

    def test_work_that_never_begins_is_not_waited_for(self) -> None:
        first = self.shared.get("a", self.work("one"))
        self.queue[0][1].cancel()
        self.failureResultOf(first, CancelledError)
        second = self.shared.get("a", self.work("two"))
        # What was given up begins all the same, and takes nothing from the other.
        self.queue[0][0]()
        third = self.shared.get("a", self.work("three"))
        work, deferred = self.queue[1]
        deferred.callback(work())
        self.assertEqual(self.successResultOf(second), "two")
        self.assertEqual(self.successResultOf(third), "two")
