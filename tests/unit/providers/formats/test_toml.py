from __future__ import annotations

from tests.support.format_case import CANARY, FormatTestCase


class TomlTests(FormatTestCase):
    form = "toml"

    def test_tables(self) -> None:
        text = "a = 'x'\nb.c = 'y'\n[d]\ne = '''z'''\n[d.f]\ng = \"\\u00e9\"\n"
        self.assertReads(text, a="x", **{"b/c": "y", "d/e": "z", "d/f/g": "é"})
        self.assertReads("")

    def test_values_that_are_not_texts(self) -> None:
        text = "a = 5\nb = 1.5\nc = true\nd = 2026-01-01\ne = 10:00:00\nf = ['x']\n[[g]]\nh = 'x'"
        self.assertReads(
            text,
            **{name: {"a number"} for name in "ab"},
            c={"a boolean"},
            **{name: {"a date or a time"} for name in "de"},
            **{name: {"a list"} for name in "fg"},
        )

    def test_what_is_malformed(self) -> None:
        for text, says in (
            (f"a = 1\nb = {CANARY}", "it is not TOML, at line 2"),
            (f"a = '{CANARY}", "it is not TOML, at its end"),
            (f"a = 1\na = '{CANARY}'\nb = 2", "it is not TOML, at line 2"),
            (f"{CANARY}", "it is not TOML, at"),
            ("a = " + "9" * 5000, "it is not TOML, at its end"),
            ("a = " + "[" * 100_000, "it is nested too deeply"),
        ):
            self.assertMalformed(text, says)
