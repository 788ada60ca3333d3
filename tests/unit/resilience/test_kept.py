from __future__ import annotations

import pickle

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.resilience import Query
from buildbot_keychain.resilience._kept import KeptAnswers

VALUE = "tr0ub4dor&3"


def query(number: int) -> Query:
    return Query("vault", f"n{number}")


class KeptAnswersTests(SynchronousTestCase):
    def test_the_number_of_answers_is_bounded(self) -> None:
        kept = KeptAnswers(most=3)
        for number in range(5):
            kept.put(query(number), "value", 0, 10)
        self.assertEqual(kept.paths(), {"n2", "n3", "n4"})

    def test_the_number_of_characters_is_bounded(self) -> None:
        kept = KeptAnswers(most_characters=100)
        kept.put(query(0), "a" * 60, 0, 10)
        kept.put(query(1), "b" * 60, 0, 10)
        self.assertEqual(kept.paths(), {"n1"})
        kept.put(query(2), "c" * 101, 0, 10)
        self.assertEqual(kept.paths(), {"n1"})
        for _ in range(20):  # what is replaced does not count
            kept.put(query(1), "b" * 60, 0, 10)
        self.assertEqual(kept.paths(), {"n1"})

    def test_what_is_over_goes(self) -> None:
        kept = KeptAnswers()
        for number in range(5):
            kept.put(query(number), "value", number, number + 2)
        self.assertEqual(kept.paths(), {"n3", "n4"})
        self.assertIsNone(kept.get(query(3), 5))
        self.assertEqual(kept.paths(), {"n4"})

    def test_it_says_since_when(self) -> None:
        kept = KeptAnswers()
        kept.put(query(0), "value", 3, 10)
        entry = kept.get(query(0), 4)
        assert entry is not None
        self.assertEqual((entry.answer, entry.since), ("value", 3))

    def test_it_shows_nothing(self) -> None:
        kept = KeptAnswers()
        kept.put(query(0), VALUE, 0, 10)
        self.assertNotIn(VALUE, f"{kept!r} {kept.get(query(0), 1)!r} {kept.get(query(0), 1)}")
        self.assertRaises(TypeError, pickle.dumps, kept)
