"""The algorithms, by the test vectors of their standards."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store import _ciphers


class HkdfTests(SynchronousTestCase):
    def test_the_vectors_of_the_rfc(self) -> None:
        """RFC 5869, appendices A.1 and A.3."""
        key = bytes.fromhex("0b" * 22)
        self.assertEqual(
            _ciphers.hkdf(key, bytes(range(13)), bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), 42).hex(),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        )
        self.assertEqual(
            _ciphers.hkdf(key, b"", b"", 42).hex(),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        )


class AesGcmTests(SynchronousTestCase):
    """McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14."""

    encrypted = bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")

    def test_the_vector(self) -> None:
        self.assertEqual(_ciphers.encrypt(bytes(32), bytes(12), bytes(16), b""), self.encrypted)
        self.assertEqual(_ciphers.decrypt(bytes(32), bytes(12), self.encrypted, b""), bytes(16))

    def test_anything_else_is_refused(self) -> None:
        key, nonce = bytes(32), bytes(12)
        for changed in (
            (bytes(31) + b"\1", nonce, self.encrypted, b""),
            (key, bytes(11) + b"\1", self.encrypted, b""),
            (key, nonce, self.encrypted[:-1] + b"\0", b""),
            (key, nonce, self.encrypted[:-1], b""),
            (key, nonce, b"", b""),
            (key, nonce, self.encrypted, b"a"),
        ):
            self.assertIsNone(_ciphers.decrypt(*changed))
