from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web._turns import AT_ONCE, LONGEST, Turns


class TurnTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.turns = Turns(self.clock.callLater)
        self.begun: dict[int, Deferred[str]] = {}
        self.answers = [Deferred.fromCoroutine(self.take(each)) for each in range(10)]

    async def take(self, number: int) -> str:
        async def answer() -> str:
            self.begun[number] = Deferred()
            return await self.begun[number]

        return await self.turns.take(answer)

    def test_few_answers_are_begun_and_the_others_in_their_order(self) -> None:
        self.assertEqual(list(self.begun), list(range(AT_ONCE)))
        self.begun[0].callback("done")
        self.assertEqual(self.successResultOf(self.answers[0]), "done")
        self.assertEqual(len(self.begun), AT_ONCE)  # not inside of the one before
        self.clock.advance(0)
        self.assertEqual(list(self.begun), list(range(AT_ONCE + 1)))

    def test_one_that_fails_gives_its_turn_back(self) -> None:
        self.begun[0].errback(KeyError("x"))
        self.failureResultOf(self.answers[0], KeyError)
        self.clock.advance(0)
        self.assertEqual(len(self.begun), AT_ONCE + 1)

    def test_those_that_wait_long_keep_nobody_waiting(self) -> None:
        self.clock.advance(LONGEST)
        self.assertEqual(len(self.begun), 2 * AT_ONCE)
        self.begun[0].callback("done")
        self.clock.advance(0)
        self.assertEqual(len(self.begun), 2 * AT_ONCE)  # its turn was over
        self.assertEqual(self.successResultOf(self.answers[0]), "done")
