from __future__ import annotations

import copy
import json
import pickle

from twisted.spread.jelly import jelly
from twisted.trial.unittest import TestCase

from buildbot_keychain.details import (
    DescribedText,
    LeasedText,
    Requester,
    SecretDetails,
    facts_of,
)

VALUE = "tr0ub4dor&3"


class SecretDetailsTests(TestCase):
    def setUp(self) -> None:
        self.details = SecretDetails("file", "user", VALUE)

    def test_gives_what_it_was_made_of(self) -> None:
        self.assertEqual(
            (self.details.source, self.details.key, self.details.value), ("file", "user", VALUE)
        )

    def test_no_text_of_it_shows_the_value(self) -> None:
        for text in (
            repr(self.details),
            str(self.details),
            f"{self.details}",
            f"{self.details:>80}",
            f"{self.details} {self.details!r}",
            repr([self.details]),
        ):
            self.assertNotIn(VALUE, text)
            self.assertIn("user", text)

    def test_it_cannot_be_pickled_copied_sent_or_made_json(self) -> None:
        def state_of(details: SecretDetails) -> object:
            return details.__getstate__()

        for attempt in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, jelly, state_of):
            error = self.assertRaises(TypeError, attempt, self.details)
            self.assertNotIn(VALUE, str(error))

    def test_it_has_no_dict_to_look_into(self) -> None:
        self.assertRaises(TypeError, vars, self.details)

    def test_equal_when_all_is_equal(self) -> None:
        self.assertEqual(self.details, SecretDetails("file", "user", VALUE))
        self.assertEqual(hash(self.details), hash(SecretDetails("file", "user", VALUE)))
        self.assertNotEqual(self.details, SecretDetails("file", "user", VALUE + "x"))
        self.assertNotEqual(self.details, SecretDetails("file", "user2", VALUE))
        self.assertNotEqual(self.details, VALUE)


class AnswerTests(TestCase):
    """A value as a provider answers it is a `str`, and is not printed or sent by accident."""

    def test_its_repr_and_pickle_do_not_have_it(self) -> None:
        for answer in (DescribedText("canary", 3), LeasedText("canary", 5)):
            self.assertEqual(answer, "canary")
            self.assertNotIn("canary", f"{answer!r} {[answer]} {(answer, 1)}")
            error = self.assertRaises(TypeError, pickle.dumps, answer)
            self.assertNotIn("canary", str(error))
            self.assertIs(copy.deepcopy(answer), answer)
            self.assertIs(copy.copy(answer), answer)


class FactsTests(TestCase):
    def test_a_number_is_a_fact_and_what_is_not_known_is_none(self) -> None:
        requester = Requester("build", builder="b", build=0, outside=False, owner="")
        expected = {"kind": "build", "builder": "b", "build": 0, "outside": False}
        self.assertEqual(facts_of(requester), expected)
