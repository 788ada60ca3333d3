"""How values were made, by the objects that they are."""

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

from buildbot.process.properties import Properties
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references import MadeValues, Name, _made
from buildbot_keychain.buildbot.references._made import is_storable
from tests.support.builds import FakeBuild

VALUE = "s3cr3t-t0ken"
TOKEN = Name("token", "files")
SECRET = {"secret": "token", "provider": "files"}


class MadeValuesTests(SynchronousTestCase):
    """`MadeValues`."""

    def setUp(self) -> None:
        self.made = MadeValues()
        self.owner = FakeBuild()
        self.secret = self.made.secret(self.owner, TOKEN, VALUE)

    def template(self, value: object) -> Any:
        made = self.made.of(value)
        return None if made is None else made.template

    def test_a_secret_is_known_by_its_object_alone(self) -> None:
        self.assertEqual(self.secret, VALUE)
        self.assertIs(type(self.secret), str)
        self.assertEqual(self.template(self.secret), SECRET)
        for other in (
            VALUE,
            str(VALUE),
            "".join(self.secret),
            f"{self.secret} ".strip(),
            "<token>",
        ):
            self.assertIsNone(self.made.of(other))

    def test_what_is_rendered_again_is_the_same_object(self) -> None:
        """However often a build renders it."""
        self.assertIs(self.made.secret(self.owner, TOKEN, VALUE), self.secret)
        one, other = (
            self.made.formatted(self.owner, VALUE, "%s", (self.secret,)) for _ in range(2)
        )
        self.assertIs(one, other)
        self.assertIsNot(one, self.secret)
        self.assertIsNot(self.made.secret(FakeBuild(), TOKEN, VALUE), self.secret)

    def test_what_cannot_be_compared(self) -> None:
        class Odd:
            def __eq__(self, other: object) -> bool:
                raise TypeError

            __hash__ = None  # type: ignore[assignment]

        texts = [
            self.made.formatted(self.owner, "same", "%s%s", (self.secret, Odd())) for _ in range(2)
        ]
        self.assertEqual([self.made.of(text) is not None for text in texts], [True, True])

    def test_the_oldest_are_forgotten_but_not_what_was_received(self) -> None:
        for most, largest in ((3, 1_000_000), (1_000, 3_500)):
            self.patch(_made, "_MOST", most)
            self.patch(_made, "_LARGEST", largest)
            owner = FakeBuild()
            received = self.made.made_again(owner, SECRET, {TOKEN: VALUE})
            texts = [
                self.made.formatted(owner, f"{n}" + 1_000 * "x", "%s%s", (received, n))
                for n in range(5)
            ]
            known = [self.made.of(text) is not None for text in texts]
            self.assertEqual(known, [False, False, True, True, True])
            self.assertIsNotNone(self.made.of(received))

    def test_they_are_forgotten_at_the_end_of_a_build(self) -> None:
        received = self.made.made_again(self.owner, SECRET, {TOKEN: VALUE})
        self.made.forget(self.owner)
        self.assertEqual((self.made.of(self.secret), self.made.of(received)), (None, None))
        self.made.forget(self.owner)

    def test_nothing_shows_or_copies_a_value(self) -> None:
        properties = Properties()
        text = self.made.secret(properties, TOKEN, VALUE)
        made = self.made.of(text)
        self.assertNotIn(VALUE, repr((made, vars(properties), self.made)))
        with self.assertRaises(TypeError):
            pickle.dumps(made)
        self.assertNotIn(VALUE.encode(), pickle.dumps(properties))
        copied = copy.deepcopy(properties)
        self.assertIsNotNone(self.made.secret(copied, TOKEN, VALUE))

    def test_another_secret_is_another_object(self) -> None:
        again = self.made.secret(self.owner, Name("other", "vault"), VALUE)
        self.assertEqual(self.template(again), {"secret": "other", "provider": "vault"})
        self.assertEqual(self.template(self.secret), SECRET)

    def test_formats(self) -> None:
        values = {"secret:token": self.secret, "prop:a": "x", "n": 3}
        text = self.made.formatted(self.owner, "...", "%(prop:a)s", values)
        parts = {"secret:token": SECRET, "prop:a": {"literal": "x"}, "n": {"literal": 3}}
        self.assertEqual(self.template(text), {"format": "%(prop:a)s", "values": parts})
        in_order = self.made.formatted(self.owner, "...", "%s%s", (text, "y"))
        self.assertEqual(self.template(in_order)["values"][1], {"literal": "y"})
        plain = "x-x"
        self.assertIs(self.made.formatted(self.owner, plain, "%s", ("x-x",)), plain)

    def test_lists_and_dicts(self) -> None:
        value = [self.secret, {"a": self.secret, "b": None}, (1, "x")]
        expected = [SECRET, {"dict": {"a": SECRET, "b": {"literal": None}}}]
        self.assertEqual(self.template(value), {"list": [*expected, {"literal": (1, "x")}]})
        self.assertIsNone(self.made.of([VALUE, {"a": VALUE}, ()]))

    def test_what_is_nested_too_deeply_is_not_known(self) -> None:
        nested: Any = self.secret
        for _ in range(1_000):
            nested = [nested]
        self.assertIsNone(self.made.of(nested))
        text = self.secret
        for _ in range(30):
            text = self.made.formatted(self.owner, f"-{text}", "-%s", (text,))
        self.assertIsNone(self.made.of(text))

    def test_texts_of_one_character_are_shared_by_all(self) -> None:
        self.assertIsNone(self.made.of(self.made.secret(self.owner, TOKEN, "x")))
        self.assertIsNone(self.made.of("x"))

    def test_they_are_forgotten_with_their_owner(self) -> None:
        value = self.secret
        del self.owner
        gc.collect()
        self.assertIsNone(self.made.of(value))

    def test_again(self) -> None:
        """Lists and what is in them are as known as they were."""
        text = self.made.formatted(self.owner, f"a{VALUE}", "a%s", (self.secret,))
        made = self.made.of({"t": text, "l": [self.secret, 3]})
        assert made is not None
        again = self.made.made_again(self.owner, made.template, {TOKEN: "newer"})
        self.assertEqual(again, {"t": "anewer", "l": ["newer", 3]})
        self.assertEqual(self.template(again), made.template)
        self.assertEqual(self.template(again["l"][0]), SECRET)


class StorableTests(SynchronousTestCase):
    """`is_storable`."""

    def test_what_json_gives_back(self) -> None:
        self.assertTrue(is_storable({"dict": {"a": SECRET, "b": {"literal": [1, None, "é"]}}}))
        for literal in (object(), {1: "a"}, (1,), float("nan"), b"x"):
            self.assertFalse(is_storable({"list": [SECRET, {"literal": literal}]}))
