from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store.entry import (
    field,
    is_readable,
    one_time_uri,
    password,
)


class EntryTests(SynchronousTestCase):
    def test_the_password_is_the_first_line_and_nothing_else(self) -> None:
        for entry, first in (
            ("", ""),
            ("one", "one"),
            ("one\n", "one"),
            (" one \r\ntwo", " one "),
            ("\ntwo\n", ""),
            ("a\x0bb\x85c\u2028d\n", "a\x0bb\x85c\u2028d"),
        ):
            self.assertEqual(password(entry), first)

    def test_fields(self) -> None:
        entry = (
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
            self.assertEqual(field(entry, name), value, name)

    def test_the_uri_of_one_time_codes(self) -> None:
        uri = "otpauth://totp/a?secret=b"
        for entry in (uri, f"x\n{uri}\r\nother: y\n", f"x\n  {uri} \n{uri}c\n"):
            self.assertEqual(one_time_uri(entry), uri)
        self.assertEqual(one_time_uri("x\nOTPAUTH://totp/A?secret=b"), "OTPAUTH://totp/A?secret=b")
        for entry in ("x\n", f"x\nuri: {uri}\n", "otpauth:"):
            self.assertIsNone(one_time_uri(entry))

    def test_what_old_versions_of_gopass_wrote_is_told_apart(self) -> None:
        self.assertFalse(is_readable("GOPASS-SECRET-1.0\nPassword: x\n"))
        self.assertTrue(is_readable("x\nGOPASS-SECRET-1.0\n"))
