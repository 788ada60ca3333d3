from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import InvalidSecret
from buildbot_keychain.providers.password_store._entry import Entry
from buildbot_keychain.providers.password_store._plaintext import (
    LONGEST_PLAINTEXT,
    parse_plaintext,
)


class PlaintextTests(SynchronousTestCase):
    def test_an_entry(self) -> None:
        self.assertEqual(parse_plaintext("pass", "app", b"pw\n"), Entry("pw\n"))
        longest = parse_plaintext("pass", "app", b"x" * LONGEST_PLAINTEXT)
        self.assertEqual(len(longest.text), LONGEST_PLAINTEXT)

    def test_the_code_of_a_one_time_uri(self) -> None:
        content = b"pw\notpauth://totp/a?secret=JBSWY3DPEHPK3PXP\n"
        self.assertRegex(str(parse_plaintext("pass", "app", content).code), r"^\d{6}$")
        problem = parse_plaintext("pass", "app", b"pw\ntotp: ?\n").code_problem
        self.assertIn("its otpauth:// line or totp field cannot be read", problem)

    def test_what_is_no_entry(self) -> None:
        for content, problem in (
            (b"x" * (LONGEST_PLAINTEXT + 1), "its file is larger than 1 MiB when decrypted"),
            (b"\xff", "its file is not UTF-8 text when decrypted; store it in base64"),
            (b"GOPASS-SECRET-1.0\nPassword: x", "its file is in the format of gopass 1.10 to 1.12"),
        ):
            error = self.assertRaises(InvalidSecret, parse_plaintext, "pass", "app", content)
            self.assertEqual((error.provider, error.path), ("pass", "app"))
            self.assertIn(problem, error.reason)
