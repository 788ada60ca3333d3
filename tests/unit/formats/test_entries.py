from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats._entries import (
    BOOLEAN,
    DATE,
    LIST,
    NOT_UNICODE,
    NULL,
    NUMBER,
    Malformed,
    NonText,
    flattened,
)


class FlattenedTests(SynchronousTestCase):
    def test_nested_names_are_joined(self) -> None:
        tree = {"a": "1", "b": {"c": "2", "": {"d": "3"}}, "e/f": "4", "g": {}}
        wanted = {"a": "1", "b/c": "2", "b//d": "3", "e/f": "4"}
        self.assertEqual(flattened(tree), wanted)

    def test_limits(self) -> None:
        """Names of nested values may be far longer than the text that they come from."""
        deep: object = "x"
        for _ in range(10_000):
            deep = {"a": deep}
        many = {f"a{n}": "" for n in range(50_000)}
        for tree, says in (
            (deep, "a name of more than 1024 characters"),
            ({"a" * 500_000: many}, "a name of more than 1024 characters"),
            ({"a" * 1020: {"b" * 4: "x"}}, "a name of more than 1024 characters"),
            ({"a": many}, "more than 20000 values"),
        ):
            self.assertIn(says, str(self.assertRaises(Malformed, flattened, tree)))
        name = "a" * 1020
        self.assertEqual(flattened({name: {"b" * 3: "x"}}), {f"{name}/bbb": "x"})

    def test_values_that_are_not_texts(self) -> None:
        other = NonText("a value with a tag")
        for value, entry in (
            (None, NULL),
            (5, NUMBER),
            (1.5, NUMBER),
            (True, BOOLEAN),
            (["x"], LIST),
            (object(), DATE),
            ("\ud800", NOT_UNICODE),
            (other, other),
        ):
            self.assertEqual(flattened({"a": value}), {"a": entry})

    def test_what_has_no_names_or_one_twice(self) -> None:
        for tree in (["x"], "x", None, {"a/b": "1", "a": {"b": "2"}}):
            self.assertRaises(Malformed, flattened, tree)
