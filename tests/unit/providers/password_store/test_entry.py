from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store._entry import (
    ONE_TIME,
    WHOLE,
    Entry,
    FieldOfSeveralLines,
)
from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError


class ValueTests(SynchronousTestCase):
    def test_the_password_is_the_first_line_and_nothing_else(self) -> None:
        for text, first in (
            ("", ""),
            ("one", "one"),
            ("one\n", "one"),
            (" one \r\ntwo", " one "),
            ("one\rtwo\r", "one"),
            ("one\r\r\ntwo", "one"),
            ("\ntwo\n", ""),
            ("a\x0bb\x85c\u2028d\n", "a\x0bb\x85c\u2028d"),
        ):
            self.assertEqual(Entry(text).value(None), first)

    def test_the_whole_entry_is_unchanged(self) -> None:
        for text in ("", "one", " one \r\ntwo\n\n"):
            self.assertEqual(Entry(text).value(WHOLE), text)

    def test_fields(self) -> None:
        entry = Entry(
            "user: not this one\nuser: alice\nuser: bob\r\n url : https://h:1/\nempty:\n"
            "---\npin: '7'\nnote without a colon\n"
        )
        for name, value in (
            ("user", "alice"),
            ("url", "https://h:1/"),
            ("empty", ""),
            ("pin", "'7'"),
            ("User", None),
            ("note without a colon", None),
            ("https", None),
            ("", None),
        ):
            self.assertEqual(entry.value(name), value, name)

    def test_fields_that_are_blocks_or_lists(self) -> None:
        entry = Entry(
            "password\r\nkey: |\r\n  one\n  two\nfolded: >-\n  x\nlist:\n- a\n- b\n"
            "map:\n  user: inner\nseparator: |\nuser: alice\n  indented: x\nempty:\nlast:\n"
            "---\nplain: one\nlong: one\n  two\nblock: | # a note\n\n  x\nflow: [a, b]\n"
        )
        for name in ("key", "folded", "list", "map", "long", "block", "flow"):
            error = self.assertRaises(FieldOfSeveralLines, entry.value, name)
            self.assertEqual(
                str(error), "is a block or a list of YAML; ask for the whole entry with '|*'"
            )
        for name, value in (
            ("separator", "|"),
            ("user", "inner"),
            ("indented", "x"),
            ("empty", ""),
            ("last", ""),
            ("plain", "one"),
        ):
            self.assertEqual(entry.value(name), value, name)

    def test_line_ends_of_every_kind(self) -> None:
        entry = Entry("one\ruser: alice\rurl: u\r\nlast: l\r")
        for name, value in (("user", "alice"), ("url", "u"), ("last", "l")):
            self.assertEqual(entry.value(name), value)

    def test_the_one_time_code(self) -> None:
        self.assertEqual(Entry("x\notp: 1\n", code="123456").value(ONE_TIME), "123456")
        self.assertIsNone(Entry("x\notp: 1\n").value(ONE_TIME))
        without = Entry("x\n", code_problem="its otpauth:// line cannot be read")
        error = self.assertRaises(OneTimeCodeError, without.value, ONE_TIME)
        self.assertEqual(str(error), "its otpauth:// line cannot be read")
        self.assertEqual(without.value(None), "x")


class EntryTests(SynchronousTestCase):
    def test_the_uri_of_one_time_codes(self) -> None:
        uri = "otpauth://totp/a?secret=b"
        for text in (uri, f"x\n{uri}\r\nother: y\n", f"x\n  {uri} \n{uri}c\n"):
            self.assertEqual(Entry(text).one_time_uri(), uri)
        upper = Entry("x\nOTPAUTH://totp/A?secret=b")
        self.assertEqual(upper.one_time_uri(), "OTPAUTH://totp/A?secret=b")
        for text in (f"x\ntotp: {uri}\n", f"x\ntotp: JBSW Y3DP\n{uri}"):
            self.assertEqual(Entry(text).one_time_uri(), uri)
        self.assertEqual(
            Entry("x\ntotp: JBSW Y3DP\n").one_time_uri(), "otpauth://totp/?secret=JBSW%20Y3DP"
        )
        for text in ("x\n", f"x\nuri: {uri}\n", "otpauth:", "totp: x", "x\ntotp:\n"):
            self.assertIsNone(Entry(text).one_time_uri())

    def test_a_header_of_old_versions_of_gopass(self) -> None:
        self.assertTrue(Entry("GOPASS-SECRET-1.0\nPassword: x\n").has_header())
        self.assertFalse(Entry("x\nGOPASS-SECRET-1.0\n").has_header())

    def test_repr_shows_nothing(self) -> None:
        self.assertNotIn("s3cr3t", repr(Entry("s3cr3t", code="s3cr3t")))
