from __future__ import annotations

from contextvars import ContextVar

from twisted.internet.defer import CancelledError, Deferred

from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.resilience._flights import Flights
from tests.support.wrappers import ALONE, AWAY, WrapperCase, X, Y

VALUE = "tr0ub4dor&3"
variable: ContextVar[str] = ContextVar("variable", default="empty")


class FlightTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Flights()

    def test_those_who_ask_the_same_share_a_question(self) -> None:
        asking = [self.ask() for _ in range(5)]
        other = self.ask(Y)
        self.assertEqual(len(self.asked), 2)
        self.assertEqual((self.wrapper.joined, self.wrapper.in_progress), (4, 2))
        self.asked[0].callback(VALUE)
        self.assertEqual([self.successResultOf(one) for one in asking], [VALUE] * 5)
        self.assertNoResult(other)
        self.asked[1].callback(None)
        self.assertIsNone(self.successResultOf(other))
        self.assertEqual(self.wrapper.in_progress, 0)

    def test_nobody_shares_what_is_for_one_alone(self) -> None:
        asking = [self.ask(ALONE), self.ask(ALONE), self.ask()]
        for number, one in enumerate(self.asked):
            one.callback(number)
        self.assertEqual([self.successResultOf(one) for one in asking], [0, 1, 2])

    def test_what_the_answer_depends_on_tells_questions_apart(self) -> None:
        for number, query in enumerate(
            (
                X,
                X._replace(provider="other"),
                X._replace(shared_by=("linux",)),
                X._replace(context=("files",)),
            )
        ):
            self.ask(query)
            self.assertEqual(len(self.asked), number + 1)

    def test_each_who_waits_has_an_error_of_its_own(self) -> None:
        for error in (AWAY, ValueError(VALUE)):
            asking = [self.ask() for _ in range(3)]
            self.asked[-1].errback(error)
            failures = [self.failureResultOf(one, ProviderError) for one in asking]
            self.assertEqual(len({id(one.value) for one in failures}), 3)
            self.assertNotIn(VALUE, "".join(str(one.value) for one in failures))

    def test_cancelling_one_who_waits_leaves_it_to_the_others(self) -> None:
        first, second = self.ask(), self.ask()
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.asked[0].callback(VALUE)
        self.assertEqual(self.successResultOf(second), VALUE)

    def test_cancelling_the_last_one_ends_the_question(self) -> None:
        asking = [self.ask() for _ in range(3)]
        for one in asking:
            self.assertEqual(self.cancelled, [])
            one.cancel()
            self.failureResultOf(one, CancelledError)
        self.assertEqual(self.cancelled, self.asked)
        self.assertEqual(self.wrapper.in_progress, 0)
        self.assertEqual(self.answer(VALUE), VALUE)

    def test_who_asks_after_an_eviction_does_not_wait_for_what_is_under_way(self) -> None:
        before = self.ask()
        self.wrapper.evict()
        after = self.ask()
        self.asked[0].callback("old")
        self.asked[1].callback("new")
        self.assertEqual(self.successResultOf(before), "old")
        self.assertEqual(self.successResultOf(after), "new")

    def test_a_question_has_no_context_of_who_asked_first(self) -> None:
        async def behind() -> object:
            return variable.get()

        token = variable.set("of the first")
        try:
            shared = Deferred.fromCoroutine(self.wrapper.ask(X, behind))
            alone = Deferred.fromCoroutine(self.wrapper.ask(ALONE, behind))
        finally:
            variable.reset(token)
        self.assertEqual(self.successResultOf(shared), "empty")
        self.assertEqual(self.successResultOf(alone), "of the first")

    def test_an_error_that_is_not_shared_passes(self) -> None:
        self.assertIs(self.answer(AWAY, ALONE), AWAY)
        self.assertIsInstance(self.answer(AWAY), ProviderUnavailable)
