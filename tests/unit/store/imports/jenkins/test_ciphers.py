from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports.jenkins._ciphers import decrypt_cbc, decrypt_ecb

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
IV = bytes(range(16))


class KnownAnswerTests(SynchronousTestCase):
    """Computed with `openssl enc -aes-128-ecb` and `-aes-128-cbc`."""

    def test_ecb(self) -> None:
        data = bytes.fromhex("9a4b753de252d7bde509e7528543516641d1aa08e4b0e65f24be9d6b042c535c")
        self.assertEqual(decrypt_ecb(KEY, data), b"a value of 23 character")

    def test_cbc(self) -> None:
        data = bytes.fromhex("96863018afc965426163d722af1ba62f5e652f6b7792d79321f602a23d6cb9d6")
        self.assertEqual(decrypt_cbc(KEY, IV, data), b"a value of 23 character")

    def test_a_length_that_none_has(self) -> None:
        for data in (b"", b"\0" * 15, b"\0" * 17):
            self.assertIsNone(decrypt_ecb(KEY, data))
            self.assertIsNone(decrypt_cbc(KEY, IV, data))

    def test_a_wrong_key_fails_at_the_padding(self) -> None:
        data = bytes.fromhex("9a4b753de252d7bde509e7528543516641d1aa08e4b0e65f24be9d6b042c535c")
        self.assertIsNone(decrypt_ecb(bytes(16), data))
