from __future__ import annotations

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
