from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.formats import FORMATS, Malformed, NotText
from tests.support.fakes import everything_of

CANARY = "s3cr3t-canary"


def read(form: str, text: str) -> dict[str, Any]:
    """Give what a text holds, what is not a text as a set of what it is."""
    entries = FORMATS[form](text)
    return {n: {e.what} if isinstance(e, NotText) else e for n, e in entries.items()}


class FormatTestCase(SynchronousTestCase):
    form: str

    def assertReads(self, text: str, **wanted: object) -> None:
        self.assertEqual(read(self.form, text), wanted)

    def assertMalformed(self, text: str, says: str) -> None:
        error = self.assertRaises(Malformed, read, self.form, text)
        self.assertIn(says, str(error))
        self.assertNotIn(CANARY, everything_of(error))


class DotenvTests(FormatTestCase):
    form = "env"

    def test_lines(self) -> None:
        self.assertReads(
            "a=1\r\n\n  # b=2\nexport  c = x y \nd.e-f/g=\n", a="1", c="x y", **{"d.e-f/g": ""}
        )
        self.assertReads("")
        self.assertReads("#")
        self.assertReads("a=no line end", a="no line end")

    def test_comments(self) -> None:
        self.assertReads(
            "a=x#y\nb=x #y\nc=#y\nd='x #y' # z\ne=\"x\"\t#\nf=",
            a="x#y",
            b="x",
            c="",
            d="x #y",
            e="x",
            f="",
        )

    def test_nothing_is_expanded(self) -> None:
        self.assertReads(
            "a=$b ${b} $(b) `b`\nb='$a'\nc=\"$a ${b}\"", a="$b ${b} $(b) `b`", b="$a", c="$a ${b}"
        )

    def test_quotes(self) -> None:
        self.assertReads(
            'a=\'\\n "x"\n y\'\nb="x\ny"\nc=it\'s', a='\\n "x"\n y', b="x\ny", c="it's"
        )

    def test_escapes(self) -> None:
        self.assertReads(r'a="\n\r\t\"\\\$"' + "\n" + r'b="\d\\n"', a='\n\r\t"\\$', b="\\d\\n")

    def test_what_is_refused(self) -> None:
        for text, says in (
            (f"a=1\n{CANARY}\n", "NAME=value is expected at line 2"),
            (f"a='x\n\ny'\n{CANARY}", "at line 4"),
            (f"1a={CANARY}", "at line 1"),
            (f"={CANARY}", "at line 1"),
            (f"a b={CANARY}", "at line 1"),
            (f"a=1\nb='{CANARY}\n\n", "in quotes from line 2 on is not closed"),
            (f'a="{CANARY}\\"', "in quotes from line 1 on is not closed"),
            (f"a='{CANARY}'{CANARY}", "from line 1 on is followed by something else"),
            (f"a='x' {CANARY}", "is followed by something else"),
            (f"a='x'#{CANARY}", "is followed by something else"),
            (f"a=1\n\na={CANARY}", "the name at line 3 stands there a second time"),
        ):
            self.assertMalformed(text, says)

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_any_text_can_be_held(self, value: str) -> None:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
        self.assertEqual(read("env", f'before=1\na="{escaped}"\nb=2')["a"], value)
        if "'" not in value:
            self.assertEqual(read("env", f"a='{value}'\nb=2")["a"], value)


class JsonTests(FormatTestCase):
    form = "json"

    def test_objects(self) -> None:
        text = '{"a": "1", "b": {"c": "2", "": {"d": "3"}}, "e/f": "4", "g": {}}'
        self.assertReads(text, a="1", **{"b/c": "2", "b//d": "3", "e/f": "4"})

    def test_what_is_no_text(self) -> None:
        text = '{"a": 5, "b": 1.50, "c": true, "d": null, "e": ["x"], "f": NaN, "g": "\\ud800"}'
        self.assertReads(
            text,
            **{name: {"a number"} for name in "abf"},
            c={"a boolean"},
            d={"null"},
            e={"a list"},
            g={"a text with half of a character"},
        )

    def test_what_is_refused(self) -> None:
        for text, says in (
            (f'{{"a": "{CANARY}', "it is not JSON, at line 1"),
            (f'{{\n"a": "{CANARY}",}}', "it is not JSON, at line 2"),
            (f'{{"a": {CANARY}}}', "it is not JSON, at line 1"),
            ("", "it is not JSON"),
            (f'["{CANARY}"]', "it holds no names and values"),
            (f'"{CANARY}"', "it holds no names and values"),
            (f'{{"a": "{CANARY}", "a": "2"}}', "has a name twice"),
            (f'{{"x": [{{"a": "{CANARY}", "a": "2"}}]}}', "has a name twice"),
            (f'{{"a/b": "{CANARY}", "a": {{"b": "2"}}}}', "two values have one name"),
            ('{"a":' * 100_000, "nested too deeply"),
        ):
            self.assertMalformed(text, says)


class YamlTests(FormatTestCase):
    form = "yaml"

    def test_mappings(self) -> None:
        self.assertReads("a: x\nb: {c: 'y', 1: z}\n", a="x", **{"b/c": "y", "b/1": "z"})
        self.assertReads("")
        self.assertReads("# nothing\n")
        self.assertReads("---\na: x\n...\n", a="x")

    def test_a_plain_scalar_is_what_is_written(self) -> None:
        written = ("007", "yes", "1e5", "0x10", "1_000", "2026-01-01", "1.50", "=", "true", ".nan")
        for text in written:
            self.assertReads(f"a: {text}", a=text)

    def test_blocks(self) -> None:
        self.assertReads("a: |\n  x\n  y\nb: >-\n  x\n  y\n", a="x\ny\n", b="x y")

    def test_what_is_no_text(self) -> None:
        for text in ("", "~", "null", "Null", "NULL"):
            self.assertReads(f"a: {text}", a={"null"})
        self.assertReads("a: 'null'\nb: ''", a="null", b="")
        self.assertReads("a: [x]", a={"a list"})
        for tag in ("!!int", "!!binary", "!x", "!!python/object/apply:os.system"):
            self.assertReads(f"a: {tag} 'x'", a={"something with a tag of its own"})
        self.assertReads("a: !!str 5", a="5")

    def test_what_is_refused(self) -> None:
        for text, says in (
            (f"a: 1\n- {CANARY}", "it is not YAML, at line 2"),
            (f"a: '{CANARY}", "it is not YAML, at line 1"),
            (f"a: {CANARY}: b", "it is not YAML, at line 1"),
            (f"- {CANARY}", "it holds no names and values"),
            (CANARY, "it holds no names and values"),
            (f"a: 1\na: {CANARY}", "a key twice, at line 2"),
            (f"a: &x {CANARY}\nb: *x", "an alias, at line 2"),
            (f"a: {{<<: {{b: {CANARY}}}}}", "it merges mappings"),
            (f"a: 1\n---\nb: {CANARY}", "several documents"),
        ):
            self.assertMalformed(text, says)


class TomlTests(FormatTestCase):
    form = "toml"

    def test_tables(self) -> None:
        text = "a = 'x'\nb.c = 'y'\n[d]\ne = '''z'''\n[d.f]\ng = \"\\u00e9\"\n"
        self.assertReads(text, a="x", **{"b/c": "y", "d/e": "z", "d/f/g": "é"})
        self.assertReads("")

    def test_what_is_no_text(self) -> None:
        text = "a = 5\nb = 1.5\nc = true\nd = 2026-01-01\ne = 10:00:00\nf = ['x']\n[[g]]\nh = 'x'"
        self.assertReads(
            text,
            **{name: {"a number"} for name in "ab"},
            c={"a boolean"},
            **{name: {"a date or a time"} for name in "de"},
            **{name: {"a list"} for name in "fg"},
        )

    def test_what_is_refused(self) -> None:
        for text, says in (
            (f"a = 1\nb = {CANARY}", "it is not TOML, at line 2"),
            (f"a = '{CANARY}", "it is not TOML, at its end"),
            (f"a = 1\na = '{CANARY}'\nb = 2", "it is not TOML, at line 2"),
            (f"{CANARY}", "it is not TOML, at"),
            ("a = " + "9" * 5000, "it is not TOML, at its end"),
            ("a = " + "[" * 100_000, "it is nested too deeply"),
        ):
            self.assertMalformed(text, says)
