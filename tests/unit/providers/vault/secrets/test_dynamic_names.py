"""Names of dynamic secrets: what is read, what is written, and with which parameters."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.vault.secrets._mounts import Mount
from buildbot_keychain.providers.vault.secrets._names import (
    DynamicName,
    EntryName,
    parse_dynamic_name,
    parse_entry_name,
)

PKI = Mount("pki", "pki")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def named(text: str, mount: str = "pki") -> DynamicName:
    name = parse_entry_name(text, "|", "\\")
    assert name is not None
    return parse_dynamic_name(Mount(mount, "unknown"), name)


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
