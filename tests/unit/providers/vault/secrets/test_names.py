"""Names of entries and of dynamic secrets."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.secrets import (
    DynamicName,
    EntryName,
    Mount,
    is_api_path,
    parse_api_path,
    parse_dynamic_name,
    parse_entry_name,
)

PKI = Mount("pki", "pki")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def named(text: str, mount: str = "pki") -> DynamicName:
    name = parse_entry_name(text, "|", "\\")
    assert name is not None
    return parse_dynamic_name(Mount(mount, "unknown"), name)


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

    def test_arguments_that_are_paths(self) -> None:
        for given_, path in {"kv": "kv", "/team/kv/": "team/kv", "a//b": None, "/": None}.items():
            self.assertEqual(parse_api_path(given_), path)
        for other in (None, 5, b"kv"):
            self.assertIsNone(parse_api_path(other))

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


class DynamicNameTests(SynchronousTestCase):
    """`parse_dynamic_name`."""

    def test_what_no_question_mark_follows_is_read(self) -> None:
        self.assertEqual(
            named("creds/ro|password", "database"),
            DynamicName("database/creds/ro", None, "password"),
        )
        self.assertEqual(named("creds/ro", "a/b"), DynamicName("a/b/creds/ro"))

    def test_what_a_question_mark_follows_is_written(self) -> None:
        self.assertEqual(
            named("issue/deploy?|key", "ssh"), DynamicName("ssh/issue/deploy", (), "key")
        )
        self.assertEqual(
            named("issue/web?common_name=a.b&alt_names=c%26d,e=f+g|certificate"),
            DynamicName(
                "pki/issue/web", (("common_name", "a.b"), ("alt_names", "c&d,e=f+g")), "certificate"
            ),
        )

    def test_fields_of_one_request_belong_together(self) -> None:
        one, other = named("issue/web?common_name=a|certificate"), named("issue/web?common_name=a")
        self.assertEqual(one.request, other.request)
        self.assertNotEqual(one.request, named("issue/web?common_name=b").request)
        self.assertNotEqual(named("issue/web").request, named("issue/web?").request)

    def test_what_makes_no_sense_is_refused_without_a_value(self) -> None:
        for text, said in (
            ("issue/web?secret-value", "name=value"),
            ("issue/web?=secret-value", "name=value"),
            ("issue/web?a=secret-value&", "name=value"),
            ("issue/web?a=1&a=secret-value", "'a' is given twice"),
            ("issue/web?a=secret-value%FF", "is not UTF-8"),
            ("?a=secret-value", "must have a path"),
            ("issue/?a=secret-value", "must have a path"),
        ):
            error = self.assertRaises(ValueError, parse_dynamic_name, PKI, EntryName(text))
            self.assertIn(said, str(error))
            self.assertNotIn("secret-value", str(error))

    def test_engines_that_ignore_case_have_one_spelling(self) -> None:
        mount = Mount("k8s", "kubernetes")
        self.assertEqual(parse_dynamic_name(mount, EntryName("creds/ci")).path, "k8s/creds/ci")
        error = self.assertRaises(ValueError, parse_dynamic_name, mount, EntryName("creds/CI"))
        self.assertIn("ignores case; write 'creds/ci'", str(error))

    def test_there_are_no_versions(self) -> None:
        error = self.assertRaises(ValueError, named, "creds/ro|password@3")
        self.assertIn("no versions", str(error))

    @given(st.dictionaries(texts.filter(str.strip), texts))
    def test_any_parameter_can_be_written(self, parameters: dict[str, str]) -> None:
        query = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in parameters.items())
        name = parse_dynamic_name(PKI, EntryName(f"issue/web?{query}"))
        self.assertEqual(dict(name.parameters or ()), parameters)
        self.assertEqual(name.path, "pki/issue/web")

    def test_a_path_is_quoted(self) -> None:
        self.assertEqual(DynamicName("a b/ü").url, "/v1/a%20b/%C3%BC")
