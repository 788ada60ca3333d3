from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.formats import json_object, number_as_text
from tests.support.format_case import CANARY, FormatTestCase


class JsonTests(FormatTestCase):
    form = "json"

    def test_objects(self) -> None:
        text = '{"a": "1", "b": {"c": "2", "": {"d": "3"}}, "e/f": "4", "g": {}}'
        self.assertReads(text, a="1", **{"b/c": "2", "b//d": "3", "e/f": "4"})

    def test_values_that_are_not_texts(self) -> None:
        text = '{"a": 5, "b": 1.50, "c": true, "d": null, "e": ["x"], "f": NaN, "g": "\\ud800"}'
        self.assertReads(
            text,
            **{name: {"a number"} for name in "abf"},
            c={"a boolean"},
            d={"null"},
            e={"a list"},
            g={"a text that is not valid Unicode"},
        )

    def test_what_is_malformed(self) -> None:
        for text, says in (
            (f'{{"a": "{CANARY}', "it is not JSON, at line 1"),
            (f'{{\n"a": "{CANARY}",}}', "it is not JSON, at line 2"),
            (f'{{"a": {CANARY}}}', "it is not JSON, at line 1"),
            ("", "it is not JSON"),
            (f'["{CANARY}"]', "it has no names, but one value"),
            (f'"{CANARY}"', "it has no names, but one value"),
            (f'{{"a": "{CANARY}", "a": "2"}}', "has a name twice"),
            (f'{{"x": [{{"a": "{CANARY}", "a": "2"}}]}}', "has a name twice"),
            (f'{{"a/b": "{CANARY}", "a": {{"b": "2"}}}}', "two values have one name"),
            ('{"a":' * 100_000, "nested too deeply"),
            ('{"a":' * 101 + '"x"' + "}" * 101, "nested too deeply"),
            ('"\\"' * 200_000 + "[" * 200, "it is not JSON"),
        ):
            self.assertMalformed(text, says)

    def test_brackets_in_texts_do_not_nest(self) -> None:
        brackets = "[" * 500 + '\\"{'
        self.assertReads(
            f'{{"a": "{brackets}", "b": [{"[]," * 200}[]]}}', a="[" * 500 + '"{', b={"a list"}
        )


class ObjectTests(SynchronousTestCase):
    """`json_object`."""

    def test_an_object(self) -> None:
        found = json_object(b'{"a": {"b": "x"}, "i": 5, "f": 1.50, "e": 1e3, "a": "\xc3\xa9"}')
        assert found
        self.assertEqual(list(map(number_as_text, found.values())), ["\u00e9", 5, "1.50", "1e3"])

    def test_what_is_none(self) -> None:
        deep = b'{"a":' * 200_000
        for body in (b"", b"<html>", b"[]", b'"text"', b"null", b"5", b"\xff\xfe", deep):
            self.assertIsNone(json_object(body))
