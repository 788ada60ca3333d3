from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store._passphrase import (
    has_terminator,
    passphrase_problem,
)

WRITABLE = st.characters(exclude_characters="\n\0", exclude_categories=["Cs"])


class PassphraseTests(SynchronousTestCase):
    @given(st.text(WRITABLE, max_size=63))
    def test_any_other_character_is_accepted(self, passphrase: str) -> None:
        self.assertEqual(passphrase_problem(passphrase), "")

    def test_terminators(self) -> None:
        self.assertTrue(has_terminator("a\n"))
        self.assertTrue(has_terminator("\0"))
        self.assertFalse(has_terminator("a\r\u2028"))

    def test_what_gpg_does_not_accept(self) -> None:
        for passphrase, problem in (
            ("s3cr3t\n", "line end"),
            ("s3\0cr3t", "NUL"),
            ("s3cr3t\ud800", "lone surrogate"),
            ("s3cr3t" + "ä" * 125, "longer than 255 bytes"),
        ):
            self.assertIn(problem, passphrase_problem(passphrase))
            self.assertNotIn("s3", passphrase_problem(passphrase))
        self.assertEqual(passphrase_problem("ä" * 127), "")
