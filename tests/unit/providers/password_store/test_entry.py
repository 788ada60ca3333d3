from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store._entry import ONE_TIME, WHOLE, Entry
from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError


class ValueTests(SynchronousTestCase):
    def test_the_password_is_the_first_line_and_nothing_else(self) -> None:
        for text, first in (
            ("", ""),
            ("one", "one"),
            ("one\n", "one"),
            (" one \r\ntwo", " one "),
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
        for text in ("x\n", f"x\nuri: {uri}\n", "otpauth:"):
            self.assertIsNone(Entry(text).one_time_uri())

    def test_a_header_of_old_versions_of_gopass(self) -> None:
        self.assertTrue(Entry("GOPASS-SECRET-1.0\nPassword: x\n").has_header())
        self.assertFalse(Entry("x\nGOPASS-SECRET-1.0\n").has_header())

    def test_repr_shows_nothing(self) -> None:
        self.assertNotIn("s3cr3t", repr(Entry("s3cr3t", code="s3cr3t")))
