from __future__ import annotations

from twisted.internet.defer import CancelledError

from buildbot_keychain.details import LeasedText
from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, InvalidSecret, NotAsked
from buildbot_keychain.resilience import LastAnswer, Query
from buildbot_keychain.resilience._stale import LastAnswers
from tests.support.wrappers import ALONE, AWAY, WrapperCase, X, Y


class LastAnswersTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = LastAnswers(self.clock, 600)

    def last(self, error: Exception, query: Query = X) -> object:
        answer = self.answer(error, query)
        assert isinstance(answer, LastAnswer)
        self.assertEqual(repr(answer), "<LastAnswer>")
        return answer.answer

    def test_the_last_answer_is_given_while_the_provider_is_away(self) -> None:
        self.answer("first")
        self.answer("last")
        for error in (AWAY, DeadlineExceeded("vault", "x", "late"), NotAsked("vault", "x", "no")):
            self.assertEqual(self.last(error), "last")
        self.assertEqual((self.wrapper.served, self.wrapper.is_serving), (3, True))
        self.assertEqual(self.answer("new"), "new")
        self.assertFalse(self.wrapper.is_serving)

    def test_for_a_time(self) -> None:
        self.answer("last")
        self.clock.advance(599.9)
        self.assertEqual(self.last(AWAY), "last")
        self.clock.advance(0.1)
        self.assertIs(self.answer(AWAY), AWAY)

    def test_not_after_the_middle_of_its_lease(self) -> None:
        self.answer(LeasedText("last", 20))
        self.clock.advance(10)
        self.assertIs(self.answer(AWAY), AWAY)

    def test_never_past_what_the_provider_says(self) -> None:
        for said in (
            AccessDenied("vault", "x", "no"),
            InvalidSecret("vault", "x", "it is not text"),
            ValueError(),
            None,
        ):
            self.answer("last")
            self.assertIs(self.answer(said), said)
            self.assertIs(self.answer(AWAY), AWAY)

    def test_a_lookup_that_is_cancelled_says_nothing(self) -> None:
        self.answer("last")
        asking = self.ask()
        asking.cancel()
        self.failureResultOf(asking, CancelledError)
        self.assertEqual(self.last(AWAY), "last")

    def test_only_to_those_who_share_it(self) -> None:
        self.answer("of the first", ALONE)
        self.answer("of the first", X._replace(shared_by="first"))
        for query in (ALONE, X, X._replace(shared_by="second"), Y):
            self.assertIs(self.answer(AWAY, query), AWAY)

    def test_not_after_an_eviction(self) -> None:
        self.answer("x")
        self.answer("y", Y)
        self.wrapper.evict(lambda query: query == X)
        self.assertIs(self.answer(AWAY), AWAY)
        self.assertEqual(self.last(AWAY, Y), "y")
        asking = self.ask()
        self.wrapper.begin_eviction()
        self.asked[-1].callback("old")
        self.assertEqual(self.successResultOf(asking), "old")
        self.assertIs(self.answer(AWAY), AWAY)

    def test_its_begin_and_its_end_are_logged(self) -> None:
        lines = self.logged()
        self.answer("last")
        for _ in range(3):
            self.answer(AWAY)
        self.answer("new")
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("'vault' is unavailable (it is away): secrets are given as it last", lines[0])
        self.assertIn("answers again", lines[1])
