from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.secrets._names import (
    EntryName,
    is_api_path,
    parse_entry_name,
)


def parsed(name: str) -> EntryName | None:
    return parse_entry_name(name, "|", "\\")


class NameTests(SynchronousTestCase):
    def test_path_field_and_version(self) -> None:
        for name, expected in {
            "a": EntryName("a"),
            "team/app": EntryName("team/app"),
            "a|f": EntryName("a", "f"),
            "a|": EntryName("a"),
            "a|f@3": EntryName("a", "f", 3),
            "a|@3": EntryName("a", None, 3),
            "a|f@0": EntryName("a", "f"),
            "a|f@x": EntryName("a", "f@x"),
            "a|f@1@2": EntryName("a", "f@1", 2),
            "a|f@٣": EntryName("a", "f@٣"),
            "a@3": EntryName("a@3"),
            r"a\@b|c\@3": EntryName("a@b", "c@3"),
            r"a\|b|c\|d": EntryName("a|b", "c|d"),
            r"a\\b": EntryName("a\\b"),
            "a\\": None,
            "a|f\\": None,
            "a|b|c": None,
            "|f": None,
            "": None,
        }.items():
            self.assertEqual(parsed(name), expected, name)

    def test_other_marks_and_none(self) -> None:
        self.assertEqual(parse_entry_name("a:f", ":", "^"), EntryName("a", "f"))
        self.assertEqual(parse_entry_name("a^:f", ":", "^"), EntryName("a:f"))
        self.assertEqual(parse_entry_name("a|f\\x", "", ""), EntryName("a|f\\x"))

    def test_paths_that_lead_elsewhere_are_none(self) -> None:
        for path in (
            *(".", "..", "a/..", "../a", "a/./b", "/a", "a/", "a//b", "/", "", " ", "a/ /b"),
            *("a\nb", "a\0b", "a\x7fb", "\ud800", "x" * 2001),
        ):
            self.assertFalse(is_api_path(path), ascii(path[:20]))
        for path in ("a", "a/b", "...", "a b", "ü", "a?b", "%2e%2e", "x" * 2000):
            self.assertTrue(is_api_path(path), path[:20])

    @given(st.text(), st.text(min_size=1), st.integers(1, 10**9))
    def test_whatever_is_escaped_comes_through(self, path: str, field: str, version: int) -> None:
        def escaped(text: str) -> str:
            return "".join(f"\\{c}" if c in "\\|@" else c for c in text)

        found = parsed(f"{escaped(path)}|{escaped(field)}@{version}")
        if is_api_path(path) and "\0" not in field:
            self.assertEqual(found, EntryName(path, field, version))
        else:
            self.assertIsNone(found)

    @given(st.text())
    def test_no_name_fails(self, name: str) -> None:
        found = parsed(name)
        self.assertTrue(found is None or is_api_path(found.path))
