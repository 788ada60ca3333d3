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

    def test_a_key_of_many_parts(self) -> None:
        """1 MiB of one used up all memory: it is rejected before it is parsed."""
        for text in (
            "a." * (1 << 19) + "a = 1",
            "[" + "'a' . " * (1 << 17) + "a]",
            "[[x]]\nb = {" + '"a".' * (1 << 18) + "a = 1}",
            'a = """x""" # y\n' + ".".join("a" * 21) + " = 1",
        ):
            self.assertMalformed(text, "it has a key of more than 20 parts")
        self.assertReads(".".join("a" * 20) + " = 'x'", **{"/".join("a" * 20): "x"})

    def test_texts_may_hold_many_dots(self) -> None:
        dots = "a." * 50
        text = (
            f'# {dots}\na = "{dots}\\"{dots}"\nb = \'{dots}\'\n'
            f'c = """\n{dots}""{dots}\n"{dots}"""\n'
            f"d = '''{dots}'{dots}''' # {dots}\n"
        )
        self.assertReads(
            text, a=f'{dots}"{dots}', b=dots, c=f'{dots}""{dots}\n"{dots}', d=f"{dots}'{dots}"
        )

    def test_what_is_not_closed_is_scanned_once(self) -> None:
        for start in ('"', "'", '"\\', 'a = """', "a = '''"):
            self.assertMalformed(f"{start}" + '\\"' * (1 << 17), "it is not TOML")
