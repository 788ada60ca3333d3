from __future__ import annotations

import pyrage
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.wraps import AgeIdentity, AgeRecipient

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
        for text in ("AGE-SECRET-KEY-1QQ", "", "\ud800"):
            error = self.assertRaises(KeyRingError, AgeIdentity, text)
            self.assertNotIn("1QQ", str(error))

    def test_an_ssh_key_can_be_wrapped_for(self) -> None:
        wrapper = AgeRecipient(SSH)
        self.assertEqual(wrapper.label, SSH.rpartition(" ")[0].replace(" ", ":"))
        self.assertTrue(wrapper.wrap(RING_KEY, STORE_ID).startswith(b"age-encryption.org/v1"))

    def test_nothing_is_shown(self) -> None:
        self.assertNotIn(str(self.identity)[15:30], repr(vars(AgeIdentity(str(self.identity)))))
