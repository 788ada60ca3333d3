from __future__ import annotations

from tests.support.format_case import CANARY, FormatTestCase


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

    def test_values_that_are_not_texts(self) -> None:
        for text in ("", "~", "null", "Null", "NULL"):
            self.assertReads(f"a: {text}", a={"null"})
        self.assertReads("a: 'null'\nb: ''", a="null", b="")
        self.assertReads("a: [x]", a={"a list"})
        for tag in ("!!int", "!!binary", "!x", "!!python/object/apply:os.system"):
            self.assertReads(f"a: {tag} 'x'", a={"a value with a tag"})
        self.assertReads("a: !!str 5", a="5")

    def test_what_is_malformed(self) -> None:
        for text, says in (
            (f"a: 1\n- {CANARY}", "it is not YAML, at line 2"),
            (f"a: '{CANARY}", "it is not YAML, at line 1"),
            (f"a: {CANARY}: b", "it is not YAML, at line 1"),
            (f"- {CANARY}", "it has no names, but one value"),
            (CANARY, "it has no names, but one value"),
            (f"a: 1\na: {CANARY}", "a key twice, at line 2"),
            (f"a: &x {CANARY}\nb: *x", "an alias, at line 2"),
            (f"a: {{<<: {{b: {CANARY}}}}}", "it merges mappings"),
            (f"a: 1\n---\nb: {CANARY}", "several documents"),
        ):
            self.assertMalformed(text, says)
