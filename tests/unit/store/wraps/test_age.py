from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

import pyrage
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.wraps import AgeIdentity, AgeRecipient
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.store_keys import NOW

RING_KEY, STORE_ID = bytes(range(32)), bytes(range(16))
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@host"


class AgeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        self.wrapper = AgeRecipient(str(self.identity.to_public()))
        self.wrapped = self.wrapper.wrap(RING_KEY, STORE_ID)

    def test_the_private_key_opens_it(self) -> None:
        opener = AgeIdentity(str(self.identity))
        self.assertEqual(opener.unwrap("any", self.wrapped, STORE_ID), RING_KEY)
        self.assertEqual(self.wrapper.label, str(self.identity.to_public()))

    def test_anything_else_leaves_it_to_the_next(self) -> None:
        opener = AgeIdentity(str(self.identity))
        other = AgeIdentity(str(pyrage.x25519.Identity.generate()))
        self.assertIsNone(other.unwrap("any", self.wrapped, STORE_ID))
        self.assertIsNone(opener.unwrap("any", self.wrapped, bytes(16)))
        self.assertIsNone(opener.unwrap("any", self.wrapped[:-1], STORE_ID))
        self.assertIsNone(opener.unwrap("any", b"x", STORE_ID))

    def test_what_is_not_a_key_is_an_error_that_does_not_show_it(self) -> None:
        self.assertRaises(KeyRingError, AgeRecipient, "age1nothing")
        for text in ("AGE-SECRET-KEY-1QQ", "", "\ud800", "-----BEGIN 1QQ", "-----BEGIN \ud800"):
            error = self.assertRaises(KeyRingError, AgeIdentity, text)
            self.assertNotIn("1QQ", str(error))

    def test_ssh_keys_open_what_is_wrapped_for_them(self) -> None:
        keys = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
        ring = KeyRing.create(NOW)
        for key in keys:
            public = key.public_key().public_bytes(
                serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
            )
            private = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            ).decode()
            wrapped = ring.wrapped_for([AgeRecipient(public.decode() + " me@host")])
            opened = KeyRing.from_bytes(wrapped.to_bytes(), [AgeIdentity(private)])
            self.assertEqual(opened, wrapped)

    def test_the_label_of_a_long_key_is_its_fingerprint(self) -> None:
        """As ``ssh-keygen -l`` shows it."""
        key = rsa.generate_private_key(65537, 2048).public_key()
        public = key.public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        ).decode()
        blob = b64decode(public.split()[1])
        fingerprint = b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        self.assertEqual(AgeRecipient(public).label, f"ssh-rsa:SHA256:{fingerprint}")
        self.assertEqual(AgeRecipient(public, "alice").label, "alice")

    def test_an_ssh_key_can_be_wrapped_for(self) -> None:
        wrapper = AgeRecipient(SSH)
        self.assertEqual(wrapper.label, SSH.rpartition(" ")[0].replace(" ", ":"))
        self.assertTrue(wrapper.wrap(RING_KEY, STORE_ID).startswith(b"age-encryption.org/v1"))

    def test_nothing_is_shown(self) -> None:
        self.assertNotIn(str(self.identity)[15:30], repr(vars(AgeIdentity(str(self.identity)))))
        assert_is_not_sent(self, AgeIdentity(str(self.identity)))
