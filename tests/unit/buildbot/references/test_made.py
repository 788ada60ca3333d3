"""How values were made, by the objects that they are."""

from __future__ import annotations

import gc
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references import MadeValues, Name
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

    def test_each_rendering_is_an_object_of_its_own(self) -> None:
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
            text = self.made.formatted(self.owner, text, "%s", (text,))
        self.assertIsNone(self.made.of(f"{text}"[:0] + text + "x"))

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
