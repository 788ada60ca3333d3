from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._document import (
    TypedScalar,
    format_of,
    format_of_text,
    parse,
)
from buildbot_keychain.providers.sops._errors import SopsError

FORMS = ("yaml", "json", "dotenv", "ini", "binary")
METADATA = {"version": "3.11.0", "age": [{"recipient": "age1", "enc": "A\nB\n"}], "mac": "m"}


class FormatTests(SynchronousTestCase):
    def test_the_suffix_decides(self) -> None:
        for path, form in {
            "a.yaml": "yaml",
            "/x/a.b.yml": "yaml",
            "a.json": "json",
            ".env": "dotenv",
            "prod.env": "dotenv",
            "a.ini": "ini",
            "a.pem": "binary",
            "yaml": "binary",
            "a.YAML": "binary",
            ".env.production": "dotenv",
            "/x.env.y/b": "binary",
            "a.yaml.enc": "yaml",
            "b.env.enc": "dotenv",
            "key.pem.enc": "binary",
        }.items():
            self.assertEqual(format_of(path), form, path)

    def test_what_sops_took_for_binary_is_json(self) -> None:
        self.assertEqual(format_of_text("a.yaml.enc", '{\n\t"data"'), "binary")
        self.assertEqual(format_of_text("a.yaml.enc", "data: x"), "yaml")
        self.assertEqual(format_of_text("a.yaml", "{data: x}"), "yaml")

    def test_a_format_that_the_name_does_not_show(self) -> None:
        """An encrypted file that is not the JSON of a binary one may be of any other format."""
        error = self.assertRaises(SopsError, parse, "A=ENC[AES256_GCM,data:AA==]\n", "binary")
        self.assertEqual(
            error.reason,
            "cannot be read: it is not JSON, at line 1; if it is of another format, say so with "
            "format=",
        )


PIECES = st.sampled_from(
    [
        *(
            "sops",
            "a",
            "ENC[AES256_GCM,data:AA==",
            "version: 3",
            "\\ud800",
            "1" * 5000,
            "-0x_",
            "1e999",
        ),
        *(
            "{",
            "}",
            "[",
            "]",
            ":",
            ": ",
            ",",
            '"',
            '"""',
            "\n",
            "\n  ",
            "- ",
            "=",
            "#",
            ";",
            "__list_0",
        ),
        *(
            "__map_",
            "&a",
            "*a",
            "!!int ",
            "? ",
            "|",
            "---\n",
            "\t",
            "\0",
            "\u2028",
            "2001-99-99",
            "%",
        ),
    ]
)


class FuzzTests(SynchronousTestCase):
    @given(st.lists(PIECES | st.text(max_size=3), max_size=25), st.sampled_from(FORMS))
    @settings(max_examples=500, deadline=None)
    def test_any_text_is_read_or_rejected(self, pieces: list[str], form: str) -> None:
        with contextlib.suppress(SopsError):
            parse("".join(pieces), form)

    def test_large_files_that_are_hard_to_read_take_little_time(self) -> None:
        for text in (
            'a= """' * 100_000,
            "a" + " " * 1_000_000 + "b",
            "[" * 500_000,
            "a: " * 200_000,
            "a__list_1" * 100_000 + "=b",
            "k: " + "1" * 1_000_000,
            '{"k": ' + "1" * 1_000_000 + "}",
        ):
            for form in FORMS:
                with contextlib.suppress(SopsError):
                    parse(text, form)


class ParseTests(SynchronousTestCase):
    def test_yaml(self) -> None:
        text = (
            "a: x\nb: [1, {c: 'yes'}]\nd: null\ne: yes\nsops:\n  version: 3.11.0\n  mac: m\n"
            "  age:\n    - recipient: age1\n      enc: |\n        A\n        B\n---\nf: y\n"
        )
        found = parse(text, "yaml")
        first = {
            "a": "x",
            "b": [TypedScalar(b"1"), {"c": "yes"}],
            "d": TypedScalar(None),
            "e": "yes",
        }
        self.assertEqual(found.branches, [first, {"f": "y"}])
        self.assertEqual(found.metadata, METADATA)

    def test_json(self) -> None:
        text = (
            '{"a": "x", "n": 1.50, "t": true, "z": null, "l": [], "sops": {"version": "3.11.0", '
            '"age": [{"recipient": "age1", "enc": "A\\nB\\n"}], "mac": "m"}}'
        )
        found = parse(text, "json")
        numbers = {"n": TypedScalar(b"1.5"), "t": TypedScalar(b"True"), "z": TypedScalar(None)}
        self.assertEqual(found.branches, [{"a": "x", **numbers, "l": []}])
        self.assertEqual(found.metadata, METADATA)

    def test_very_many_numbers_are_not_parsed(self) -> None:
        text = f'{{"a": [{20_001 * "1.5,"}"ENC[AES256_GCM,"]}}'
        error = self.assertRaises(SopsError, parse, text, "json")
        self.assertEqual(error.reason, "holds more than 20000 values; split it")

    def test_dotenv(self) -> None:
        text = (
            "#comment\nA=x=y\n\nB =\nL=1\\n2\nsops_version=3.11.0\nsops_mac=m\n"
            "sops_age__list_0__map_recipient=age1\nsops_age__list_0__map_enc=A\\nB\\n\n"
        )
        found = parse(text, "dotenv")
        self.assertEqual(found.branches, [{"A": "x=y", "B ": "", "L": "1\n2"}])
        self.assertEqual(found.metadata, METADATA)

    def test_ini_of_every_version(self) -> None:
        for enc in ("A\\nB\\n", '"""A\nB\n"""'):
            text = (
                "; comment\nroot = r\n\n[Sec]\nKey = x\n[sops]\nversion = 3.11.0\nmac = m\n"
                f"age__list_0__map_recipient = age1\nage__list_0__map_enc = {enc}\n"
            )
            found = parse(text, "ini")
            self.assertEqual(found.branches, [{"DEFAULT": {"root": "r"}, "Sec": {"Key": "x"}}])
            self.assertEqual(found.metadata, METADATA)

    def test_files_that_sops_did_not_encrypt(self) -> None:
        for text, form in (
            ("sops: text\n", "yaml"),
            ("a: b\nsops:\n", "yaml"),
            ('{"sops": []}', "json"),
            ("sops=1\n", "dotenv"),
            ("[sops]\n", "ini"),
        ):
            error = self.assertRaises(SopsError, parse, text, form)
            self.assertIn("is not encrypted by sops", error.reason, text)
