from __future__ import annotations

from base64 import b64decode, b64encode

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.wraps import Transit
from tests.support.store_keys import NOW

RING_KEY, STORE_ID = bytes(range(32)), bytes(range(16))


class Server:
    """A server's key, as simple as one can be."""

    name = "transit/ring"

    def encrypt(self, plain: bytes) -> str:
        return "vault:v1:" + b64encode(plain).decode()

    def decrypt(self, encrypted: str) -> bytes:
        if not encrypted.startswith("vault:v1:"):
            raise KeyRingError("the server answers: invalid ciphertext")
        return b64decode(encrypted.removeprefix("vault:v1:"))


class TransitTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.transit = Transit(Server())

    def test_both_ways(self) -> None:
        wrapped = self.transit.wrap(RING_KEY, STORE_ID)
        self.assertTrue(wrapped.startswith(b"vault:v1:"))
        self.assertEqual(self.transit.unwrap("transit/ring", wrapped, STORE_ID), RING_KEY)

    def test_wraps_with_other_keys_and_of_other_stores_are_not_its_own(self) -> None:
        wrapped = self.transit.wrap(RING_KEY, STORE_ID)
        self.assertIsNone(self.transit.unwrap("transit/other", wrapped, STORE_ID))
        self.assertIsNone(self.transit.unwrap("transit/ring", wrapped, bytes(16)))

    def test_what_the_server_refuses_is_an_error(self) -> None:
        self.assertRaises(KeyRingError, self.transit.unwrap, "transit/ring", b"\xff", STORE_ID)

    def test_a_ring(self) -> None:
        ring = KeyRing.create(NOW).wrapped_for([self.transit])
        self.assertEqual(KeyRing.from_bytes(ring.to_bytes(), [self.transit]), ring)
