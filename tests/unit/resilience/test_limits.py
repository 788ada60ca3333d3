from __future__ import annotations

from twisted.internet.defer import CancelledError

from buildbot_keychain.errors import NotAsked
from buildbot_keychain.resilience._limits import Concurrency, Rate
from tests.support.wrappers import AWAY, WrapperCase


class ConcurrencyTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Concurrency(self.clock, 2, 10)

    def test_others_wait_for_their_turn(self) -> None:
        asking = [self.ask() for _ in range(5)]
        self.assertEqual((len(self.asked), self.wrapper.waiting), (2, 3))
        for number in range(5):
            self.asked[number].callback(number)
            self.assertLessEqual(len(self.asked) - number - 1, 2)
        self.assertEqual([self.successResultOf(one) for one in asking], [0, 1, 2, 3, 4])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_an_error_and_a_cancellation_end_a_turn_as_well(self) -> None:
        failing, cancelled, waiting = (self.ask() for _ in range(3))
        self.asked[0].errback(AWAY)
        self.failureResultOf(failing)
        cancelled.cancel()
        self.failureResultOf(cancelled, CancelledError)
        another = self.ask()
        self.assertEqual(len(self.asked), 4)
        for one in self.asked[2:]:
            one.callback("value")
        self.successResultOf(waiting)
        self.successResultOf(another)

    def test_who_is_cancelled_before_its_turn_has_none(self) -> None:
        asking = [self.ask() for _ in range(4)]
        asking[2].cancel()
        self.failureResultOf(asking[2], CancelledError)
        self.assertEqual(self.wrapper.waiting, 1)
        self.asked[0].callback("value")
        self.asked[1].callback("value")
        self.assertEqual(len(self.asked), 3)
        self.asked[2].callback("last")
        self.assertEqual(self.successResultOf(asking[3]), "last")

    def test_nobody_waits_for_too_long(self) -> None:
        asking = [self.ask() for _ in range(3)]
        self.clock.advance(10)
        error = self.failureResultOf(asking[2], NotAsked).value
        self.assertIn("2 lookups at a time may ask it", str(error))
        self.asked[0].callback("value")
        self.assertEqual(len(self.asked), 2)
        self.assertEqual(self.wrapper.waiting, 0)
        self.assertEqual(self.answer("value"), "value")

    def test_who_has_waited_for_too_long_leaves_its_turn_even_to_what_it_ends_then(self) -> None:
        asking = [self.ask() for _ in range(4)]
        for one in asking[:2]:
            one.addErrback(lambda _: None)

        def end_all(_: object) -> None:
            for one in asking[:2]:
                one.cancel()

        asking[2].addErrback(end_all)
        asking[3].addErrback(lambda _: None)
        self.clock.advance(10)
        self.assertEqual(self.answer("value"), "value")
        self.assertEqual([self.answer("value") for _ in range(2)], ["value"] * 2)


class RateTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Rate(self.clock, 4, 2)

    def asked_within(self, seconds: float) -> int:
        before = len(self.asked)
        for _ in range(100):
            self.clock.advance(seconds / 100)
        return len(self.asked) - before

    def test_those_of_a_second_at_once_and_then_evenly(self) -> None:
        for _ in range(10):
            self.ask()
        self.assertEqual(len(self.asked), 4)
        self.assertEqual(self.wrapper.waiting, 6)
        self.assertEqual(self.asked_within(0.3), 1)
        self.assertEqual(self.asked_within(1), 4)
        self.assertEqual(self.asked_within(1), 1)
        self.assertEqual(self.wrapper.waiting, 0)

    def test_a_rate_below_one(self) -> None:
        self.wrapper = Rate(self.clock, 0.1, 30)
        for _ in range(3):
            self.ask()
        self.assertEqual(len(self.asked), 1)
        self.assertEqual(self.asked_within(20.5), 2)

    def test_nobody_waits_for_too_long(self) -> None:
        asking = [self.ask() for _ in range(20)]
        error, *_ = [self.failureResultOf(one, NotAsked).value for one in asking[12:]]
        self.assertIn("4 lookups a second", str(error))
        self.assertEqual(self.asked_within(2), 8)
        self.assertEqual(self.wrapper.waiting, 0)

    def test_who_is_cancelled_does_not_ask(self) -> None:
        for _ in range(4):
            self.ask()
        waiting = self.ask()
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertEqual(self.asked_within(1), 0)
        self.assertEqual((self.clock.getDelayedCalls(), self.wrapper.waiting), ([], 0))
