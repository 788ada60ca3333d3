from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.single_flight import SingleFlight


class SingleFlightTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.flights = SingleFlight()
        self.begun: list[Deferred[str]] = []

    async def fly(self) -> str:
        result: Deferred[str] = Deferred()
        self.begun.append(result)
        return await result

    def test_what_is_under_way_is_not_begun_again(self) -> None:
        waiting = [self.flights.do("a", self.fly) for _ in range(3)]
        other = self.flights.do("b", self.fly)
        self.assertEqual(len(self.begun), 2)
        self.begun[0].callback("x")
        self.assertEqual([self.successResultOf(one) for one in waiting], ["x"] * 3)
        self.assertNoResult(other)
        self.begun[1].callback("y")
        self.assertEqual(self.successResultOf(other), "y")

    def test_it_is_no_cache(self) -> None:
        self.flights.do("a", self.fly)
        self.begun[0].callback("x")
        again = self.flights.do("a", self.fly)
        self.begun[1].callback("y")
        self.assertEqual(self.successResultOf(again), "y")

    def test_who_asks_when_the_first_hears_of_it_gets_a_new_one(self) -> None:
        found: list[Deferred[str]] = []
        self.flights.do("a", self.fly).addCallback(
            lambda _: found.append(self.flights.do("a", self.fly))
        )
        self.begun[0].callback("x")
        self.assertEqual(len(self.begun), 2)
        self.assertNoResult(found[0])
        self.begun[1].callback("y")
        self.assertEqual(self.successResultOf(found[0]), "y")

    def test_an_error_is_everybodys(self) -> None:
        waiting = [self.flights.do("a", self.fly) for _ in range(2)]
        self.begun[0].errback(RuntimeError())
        for one in waiting:
            self.failureResultOf(one, RuntimeError)

    def test_one_who_goes_ends_it_for_nobody(self) -> None:
        first, second = (self.flights.do("a", self.fly) for _ in range(2))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.begun[0].callback("x")
        self.assertEqual(self.successResultOf(second), "x")

    def test_all_can_be_ended(self) -> None:
        waiting = [self.flights.do(key, self.fly) for key in "aab"]
        self.flights.cancel()
        for one in waiting:
            self.failureResultOf(one, CancelledError)
