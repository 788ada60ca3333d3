from __future__ import annotations

import hashlib

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.bearer_tokens import SCOPES, TokenRow, id_of, is_valid, new_token


class BearerTokenTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.token, number, digest = new_token()
        self.row = TokenRow(number, digest, "ren\xe9", frozenset(SCOPES), "a\nb", 1_000, 2_000)

    def test_it_is_valid_until_it_ends(self) -> None:
        self.assertEqual(id_of(self.token), self.row.id)
        self.assertTrue(is_valid(self.token, self.row, 1_999))
        self.assertFalse(is_valid(self.token, self.row, 2_000))

    def test_no_other_is(self) -> None:
        another, number, digest = new_token()
        secret = self.token.rpartition(self.row.id)[2]
        for token in (another, f"bbk_{number}{secret}", self.token[:-1], f"{self.token} ", ""):
            self.assertFalse(is_valid(token, self.row, 1_500), token)
        changed = TokenRow(self.row.id, digest, "rolf", frozenset(), "", 1_000, 2_000)
        self.assertFalse(is_valid(self.token, changed, 1_500))

    def test_what_cannot_be_one(self) -> None:
        for text in (
            "",
            "bbk_",
            self.token.upper(),
            f"{self.token}\n",
            "bbk_" + "0" * 16,
            "\u0660",
        ):
            self.assertIsNone(id_of(text))

    def test_what_is_kept_does_not_hold_it(self) -> None:
        secret = self.token[len("bbk_") + 17 :]
        self.assertEqual(self.row.digest, hashlib.sha256(secret.encode()).hexdigest())
        self.assertNotIn(secret, str(self.row.stored()))
        self.assertNotIn(self.row.digest, repr(self.row))

    def test_it_is_read_as_it_was_stored(self) -> None:
        stored = self.row.stored()
        self.assertEqual(TokenRow.read(stored), self.row)
        self.assertTrue(all(str(value).isascii() for value in stored.values()))
