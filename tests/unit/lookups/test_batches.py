from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.lookups import Batches


class BatchesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.begun: list[tuple[str, Sequence[int]]] = []
        self.ends: list[Deferred[None]] = []
        self.batches: Batches[str, int, str] = Batches(self.work)

    async def work(self, key: str, items: Sequence[int]) -> Sequence[str]:
        self.begun.append((key, items))
        self.ends.append(Deferred())
        await self.ends[-1]
        return [f"{key}{item}" for item in items]

    def test_what_comes_meanwhile_is_done_together(self) -> None:
        waiting = [self.batches.do("a", number) for number in range(4)]
        other = self.batches.do("b", 0)
        self.assertEqual(self.begun, [("a", [0]), ("b", [0])])
        self.ends[0].callback(None)
        self.assertEqual(self.begun[2:], [("a", [1, 2, 3])])
        self.assertEqual(self.successResultOf(waiting[0]), "a0")
        self.assertNoResult(waiting[1])
        self.ends[2].callback(None)
        self.assertEqual([self.successResultOf(one) for one in waiting[1:]], ["a1", "a2", "a3"])
        self.assertEqual([self.batches.is_busy(key) for key in "ab"], [False, True])
        self.assertNoResult(other)

    def test_a_batch_may_be_limited(self) -> None:
        self.batches = Batches(self.work, 2)
        waiting = [self.batches.do("a", number) for number in range(4)]
        for end in range(3):
            self.ends[end].callback(None)
        self.assertEqual([items for _, items in self.begun], [[0], [1, 2], [3]])
        self.assertEqual([self.successResultOf(one) for one in waiting], ["a0", "a1", "a2", "a3"])

    def test_an_error_is_that_of_all_who_wait_for_the_batch(self) -> None:
        waiting = [self.batches.do("a", number) for number in range(4)]
        self.ends[0].callback(None)
        self.ends[1].errback(ValueError())
        failures = [self.failureResultOf(one, ValueError) for one in waiting[1:]]
        self.assertEqual(len(set(map(id, failures))), 3)
        self.assertFalse(self.batches.is_busy("a"))

    def test_what_fails_by_itself_is_the_error_of_who_asked_for_it(self) -> None:
        async def work(_: str, items: Sequence[int]) -> Sequence[Any]:
            await self.work("a", items)
            return [Failure(ValueError()) if item == 1 else item for item in items]

        batches: Batches[str, int, int] = Batches(work)
        waiting = [batches.do("a", number) for number in range(3)]
        for end in range(2):
            self.ends[end].callback(None)
        self.assertEqual([self.successResultOf(waiting[at]) for at in (0, 2)], [0, 2])
        self.failureResultOf(waiting[1], ValueError)

    def test_who_is_cancelled_is_not_waited_for(self) -> None:
        waiting = [self.batches.do("a", number) for number in range(3)]
        for at in (0, 1):
            waiting[at].cancel()
            self.failureResultOf(waiting[at], CancelledError)
        self.ends[0].callback(None)
        self.assertEqual(self.begun[1:], [("a", [2])])
        self.ends[1].callback(None)
        self.assertEqual(self.successResultOf(waiting[2]), "a2")

    def test_who_asks_again_on_its_result_waits_for_the_next_batch(self) -> None:
        again: list[Deferred[str]] = []
        first = self.batches.do("a", 0)
        first.addCallback(lambda _: again.append(self.batches.do("a", 9)))
        self.batches.do("a", 1)
        self.ends[0].callback(None)
        self.ends[1].callback(None)
        self.assertEqual([items for _, items in self.begun], [[0], [1], [9]])

    def test_what_comes_soon_may_be_gathered_first(self) -> None:
        due: list[Callable[[], None]] = []
        self.batches = Batches(self.work, soon=due.append)
        waiting = [self.batches.do("a", number) for number in range(2)]
        self.batches.gather("b")
        self.batches.gather("b")
        self.assertEqual((len(due), self.begun), (2, []))
        self.assertEqual([self.batches.is_busy(key) for key in "abc"], [True, True, False])
        for begin in due:
            begin()
        self.assertEqual((self.begun, self.batches.is_busy("b")), ([("a", [0, 1])], False))
        self.ends[0].callback(None)
        self.assertEqual([self.successResultOf(one) for one in waiting], ["a0", "a1"])
