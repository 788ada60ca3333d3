from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store.passphrase import problem_of

WRITABLE = st.characters(exclude_characters="\n\0", exclude_categories=["Cs"])


class PassphraseTests(SynchronousTestCase):
    @given(st.text(WRITABLE, max_size=63))
    def test_any_character_will_do(self, passphrase: str) -> None:
        self.assertEqual(problem_of(passphrase), "")

    def test_what_gpg_cannot_be_given(self) -> None:
        for passphrase, said in (
            (b"s3cr3t", "must be a str, not of type bytes"),
            (None, "not of type NoneType"),
            ("s3cr3t\n", "line end"),
            ("s3\0cr3t", "NUL"),
            ("s3cr3t\ud800", "half of a character"),
            ("s3cr3t" + "ä" * 125, "more than 255 bytes"),
        ):
            self.assertIn(said, problem_of(passphrase))
            self.assertNotIn("s3", problem_of(passphrase))
        self.assertEqual(problem_of("ä" * 127), "")
