"""How long credentials live, and when they are renewed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.renewal._term import Term, parse_seconds


class TermTests(SynchronousTestCase):
    """`Term`."""

    def test_it_is_due_after_a_third_of_its_life(self) -> None:
        term = Term.granted(100.0, 60, True)
        self.assertEqual(term, Term(100.0, 60.0, True, 60.0))
        self.assertEqual(term.due, 120.0)
        self.assertTrue(term.can_be_renewed)

    def test_its_end(self) -> None:
        term = Term(100.0, 60.0)
        self.assertFalse(term.has_ended(159.9))
        self.assertTrue(term.has_ended(160.0))
        self.assertEqual([term.remaining(now) for now in (100.0, 150.0, 170.0)], [60.0, 10.0, 0.0])
        self.assertEqual(term.left(150.0), 10.0)

    def test_without_an_end(self) -> None:
        term = Term.granted(100.0, 0, True)
        self.assertIsNone(term.due)
        self.assertIsNone(term.left(1e12))
        self.assertFalse(term.has_ended(1e12))
        self.assertFalse(term.can_be_renewed)
        self.assertIsNone(term.next_attempt(1e12))

    def test_it_is_not_renewed_where_that_gains_less_than_half(self) -> None:
        first = Term.granted(0.0, 60, True)
        for ttl, gains in ((60, True), (31, True), (30, False), (1, False)):
            renewed = first.renewed(20.0, ttl, True)
            self.assertEqual(renewed.obtained, 20.0)
            self.assertIs(renewed.can_be_renewed, gains)
        self.assertFalse(first.renewed(20.0, 60, "yes").can_be_renewed)

    def test_attempts_come_more_often_the_nearer_the_end_is(self) -> None:
        term = Term(0.0, 80.0, True, 80.0)
        self.assertEqual(term.next_attempt(40.0), 50.0)
        self.assertEqual(term.next_attempt(72.0), 74.0)
        self.assertEqual(term.next_attempt(79.9), 80.4)
        self.assertIsNone(term.next_attempt(80.0))

    @given(st.floats(1, 1e6), st.floats(0, 1))
    def test_attempts_end(self, ttl: float, share: float) -> None:
        term, now, count = Term(0.0, ttl, True, ttl), ttl * share, 0
        while (following := term.next_attempt(now)) is not None:
            self.assertGreater(following, now)
            now, count = following, count + 1
        self.assertLess(count, 100)

    def test_numbers_of_an_answer(self) -> None:
        for value, number in ((5, 5.0), (0.5, 0.5), (0, 0.0), (-1, 0.0), ("5", 0.0), (None, 0.0)):
            self.assertEqual(parse_seconds(value), number)
        self.assertEqual(parse_seconds(True), 0.0)
