from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import CONTENTS, Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.imports._settings import Unreadable, text_of
from tests.support.memory import peak_of

CANARY = "s3cr3t-canary"
SAMPLES = {
    "env": f"# x\nexport A='{CANARY}'\nB=\"two\\n\"\n",
    "json": f'{{"a": {{"b": "{CANARY}"}}, "n": 7, "l": [1]}}',
    "yaml": f"a:\n  b: '{CANARY}'\nl: [1]\nt: |\n  x\n",
    "toml": f'n = 7\n[a]\nb = "{CANARY}"\n',
}


class SettingsTests(SynchronousTestCase):
    def entries(self, form: str, content: str | bytes) -> list[Entry]:
        given = content.encode() if isinstance(content, str) else content
        found = list(CONTENTS[form](given, f"x.{form}"))
        for entry in found:
            self.assertNotIn(CANARY, repr(entry))
        return found

    def test_each_format(self) -> None:
        for form, sample in SAMPLES.items():
            name = "A" if form == "env" else "a/b"
            self.assertIn(
                ImportedSecret(name, CANARY, f"x.{form}: {name!r}"), self.entries(form, sample)
            )

    def test_a_number_is_taken_as_it_is_written(self) -> None:
        (found,) = self.entries("json", '{"a": 1.50}')
        assert isinstance(found, ImportedSecret)
        self.assertEqual(found.value, "1.50")
        self.assertIn("a number", found.warning)

    def test_other_values_are_problems(self) -> None:
        found = list(map(str, self.entries("json", '{"a": [1], "b": null, "c": true, "d": "x"}')))
        self.assertIn("x.json: 'a': is a list; give each of its items a name", found)
        self.assertEqual(len(found), 4)

    def test_a_byte_order_mark_is_not_part_of_a_name(self) -> None:
        (found,) = self.entries("env", "\ufeffA=x")
        assert isinstance(found, ImportedSecret)
        self.assertEqual(found.name, "A")

    def test_what_cannot_be_read(self) -> None:
        for form, content, says in (
            ("json", f'{{"a": "{CANARY}', "it is not JSON, at line 1"),
            ("yaml", f"a: *{CANARY}", "alias"),
            ("env", f"A=1\n{CANARY}", "line 2 is not NAME=value"),
            ("toml", f"a = {CANARY}", "it is not TOML"),
            ("json", b"\xff", "it is not UTF-8 text"),
            ("json", "[" * 100_000, "more names and values"),
            ("json", "[" * 1000, "nested too deeply"),
        ):
            (problem,) = self.entries(form, content)
            assert isinstance(problem, ImportProblem)
            self.assertIn(f"cannot be read as {form}: ", problem.why)
            self.assertIn(says, problem.why)

    def test_memory_is_in_proportion(self) -> None:
        """Up to what any file may need."""
        size = 1 << 17
        for form, content in {
            "json": '{"a": [' + "0," * (size // 2) + "0]}",
            "json ": '{"a": [' + "[],                          " * (size // 30) + "0]}",
            "json  ": "{" + ",".join(f'"{n:010}": "{n:020}"' for n in range(size // 36)) + "}",
            "yaml": "\n".join(f"{n:010}: {n:020}" for n in range(size // 33)),
            "yaml ": "a: [" + "b, " * (size // 3) + "]",
            "env": "\n".join(f"A{n}={n:020}" for n in range(size // 26)),
            "toml": "\n".join(f"A{n} = {n:020}" for n in range(size // 28)),
        }.items():
            given = content.encode()
            entries = CONTENTS[form.strip()](given, "x")
            self.assertLess(peak_of(entries), 10 * len(given) + (2 << 20), form)

    def test_how_many_separators_a_file_may_have(self) -> None:
        text_of(b":" * 5_000)
        text_of((":" + "x" * 30).encode() * 9_000)
        self.assertRaises(Unreadable, text_of, b":" * 6_000)
        text_of(b"\n" * 6_000, lines=False)

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(sorted(SAMPLES)), st.data())
    def test_a_mutated_file_never_stops_the_reader(self, form: str, data: st.DataObject) -> None:
        content = SAMPLES[form].encode()
        begin = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(begin, min(len(content), begin + 10)))
        new = data.draw(
            st.sampled_from((b"", b"\xff", b'"', b"'", b"{", b"]", b"\n", b"\0", b"&a"))
        )
        for entry in self.entries(form, content[:begin] + new + content[end:]):
            self.assertIsInstance(entry, (ImportedSecret, ImportProblem))
