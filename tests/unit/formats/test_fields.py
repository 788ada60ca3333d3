"""Fields of structured values."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats import FieldError, field_text, parse_json

VALUE = "s3cr3t-canary"


class FieldTests(SynchronousTestCase):
    """`field_text`."""

    def test_names(self) -> None:
        tree = {
            "a": VALUE,
            "db": {"user": "u", "deep": {"er": "d"}},
            "x/y": "slashed",
            "x": {"y": "nested"},
            "k:base64": "itself",
        }
        for field, value in (
            ("a", VALUE),
            ("db/user", "u"),
            ("db/deep/er", "d"),
            ("x/y", "slashed"),
            ("k:base64", "itself"),
            ("b", None),
            ("db/nothing", None),
            ("a/b", None),
            ("db//user", None),
            ("", None),
            ("b:base64", None),
        ):
            self.assertEqual(field_text(tree, field), value, field)
        self.assertIsNone(field_text("not an object", "a"))

    def test_base64(self) -> None:
        tree = {"k": {"e": "czNjcjN0\nLWNhbmFyeQ=="}, "raw": "/w==", "not": VALUE}
        self.assertEqual(field_text(tree, "k/e:base64"), VALUE)
        for field, says in (
            ("not:base64", "something other than base64"),
            ("raw:base64", "base64 of something that is not UTF-8 text"),
        ):
            error = self.assertRaises(FieldError, field_text, tree, field)
            self.assertEqual(str(error), says)

    def test_numbers(self) -> None:
        text = '{"i": 5432, "f": 1.50, "t": true, "n": null}'
        for tree in (parse_json(text), {"i": 5432, "f": 1.5, "t": True, "n": None}):
            self.assertEqual(field_text(tree, "i", numbers="text"), "5432")
            error = self.assertRaises(FieldError, field_text, tree, "i")
            self.assertIn('a number; store it as a text, or set numbers="text"', str(error))
            for field in ("t", "n"):
                self.assertRaises(FieldError, field_text, tree, field, numbers="text")
        self.assertEqual(field_text(parse_json(text), "f", numbers="text"), "1.50")

    def test_what_is_not_a_text(self) -> None:
        tree = {"l": [VALUE], "o": {"a": VALUE}, "u": f"{VALUE}\ud800"}
        for field, says in (
            ("l", "a list; store it as a text"),
            ("o", "an object; store it as a text"),
            ("u", "characters that are not Unicode text; store it in base64"),
        ):
            error = self.assertRaises(FieldError, field_text, tree, field)
            self.assertEqual(str(error), says)
