from __future__ import annotations

from buildbot_keychain.details import LeasedText
from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.resilience._caches import ABSENT, Cache
from tests.support.wrappers import ALONE, AWAY, WrapperCase, X, Y

VALUE = "tr0ub4dor&3"


class CacheTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.wrapper = Cache(self.clock, 60, absent=5)

    def test_an_answer_is_kept_for_a_time(self) -> None:
        self.answer("old")
        for seconds, expected in ((0, "old"), (59.9, "old"), (0.1, "new")):
            self.clock.advance(seconds)
            self.assertEqual(self.answer("new"), expected)
        self.assertEqual((self.wrapper.hits, self.wrapper.misses), (2, 2))

    def test_an_absence_is_kept_for_a_shorter_one(self) -> None:
        self.answer(None)
        self.assertIs(self.wrapper.kept(X), ABSENT)
        self.assertIsNone(self.answer("new"))
        self.clock.advance(5)
        self.assertEqual(self.answer("new"), "new")

    def test_absences_are_not_kept_by_default(self) -> None:
        self.wrapper = Cache(self.clock, 60)
        self.answer(None)
        self.assertEqual(self.answer("new"), "new")

    def test_errors_are_never_kept(self) -> None:
        for error in (AWAY, AccessDenied("vault", "x", "no"), ValueError()):
            self.assertIs(self.answer(error), error)
        self.assertEqual(self.answer("new"), "new")

    def test_an_answer_is_kept_for_at_most_half_of_its_lease(self) -> None:
        self.answer(LeasedText(VALUE, 20))
        self.clock.advance(9.9)
        self.assertEqual(self.answer("new"), VALUE)
        self.clock.advance(0.1)
        self.assertEqual(self.answer(LeasedText("long", 1000)), "long")
        self.clock.advance(60)
        self.assertEqual(self.answer("new"), "new")

    def test_what_is_for_one_alone_is_not_kept(self) -> None:
        self.answer("of the first", ALONE)
        self.assertEqual(self.answer("of the second", ALONE), "of the second")
        self.assertEqual(len(self.wrapper.answers), 0)

    def test_an_eviction_drops_what_matches(self) -> None:
        self.answer("x")
        self.answer("y", Y)
        self.wrapper.evict(lambda query: query == X)
        self.assertEqual(self.answer("new"), "new")
        self.assertEqual(self.answer("new", Y), "y")

    def test_what_was_asked_before_an_eviction_is_not_kept(self) -> None:
        before = self.ask()
        self.wrapper.begin_eviction()
        self.asked[0].callback("old")
        self.assertEqual(self.successResultOf(before), "old")
        self.assertEqual(self.answer("new"), "new")

    def test_values_are_not_shown(self) -> None:
        self.answer(VALUE)
        shown = repr((self.wrapper, self.wrapper.answers, self.wrapper.answers.get(X, 0)))
        self.assertNotIn(VALUE, shown)
