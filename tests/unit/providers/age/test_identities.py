"""Identity files, and what is encrypted for them."""

from __future__ import annotations

import pyrage
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.age import AgeError, Identities


def new_identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


class IdentityFileTests(SynchronousTestCase):
    def test_lines_comments_and_blank_lines(self) -> None:
        one, two = new_identity(), new_identity()
        text = f"# created: today\n\n{one}\n \n  {two}\n#{one}\n"
        self.assertEqual(len(Identities(text)), 2)

    def test_a_file_that_cannot_be_used(self) -> None:
        for text, reason in {
            "": "contains no age identity; create one with: age-keygen",
            f"{new_identity()}\ns3cr3t\n": "cannot be used: its line 2 is not an age identity",
            "AGE-SECRET-KEY-1S3CR3T": "cannot be used: its line 1 is an age identity that was cut",
            "-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t\n": "is not an SSH key that age can use",
        }.items():
            error = self.assertRaises(AgeError, Identities, text)
            self.assertIn(reason, error.reason)
            self.assertNotIn("s3cr3t", error.reason.lower())

    def test_repr_shows_nothing(self) -> None:
        identity = str(new_identity())
        self.assertNotIn(identity, repr(Identities(identity)))

    def test_lines_that_are_left_out(self) -> None:
        text = f"AGE-PLUGIN-YUBIKEY-1S3CR3T\nAGE-SECRET-KEY-PQ-1S3CR3T\n{new_identity()}\n"
        identities = Identities(text)
        self.assertEqual(len(identities), 1)
        self.assertEqual(
            identities.unsupported,
            "its line 1 belongs to a plug-in, which is not supported, "
            "its line 2 is a post-quantum identity, which is not supported",
        )
        error = self.assertRaises(AgeError, Identities, text.splitlines()[0])
        self.assertIn("cannot be used: its line 1 belongs to a plug-in", error.reason)


class DecryptionTests(SynchronousTestCase):
    def test_armoured_or_not_for_one_of_several(self) -> None:
        ours, other = new_identity(), new_identity()
        identities = Identities(f"{new_identity()}\n{ours}\n")
        for armored in (False, True):
            recipients = [other.to_public(), ours.to_public()]
            encrypted = pyrage.encrypt(b"text", recipients, armored=armored)
            self.assertEqual(identities.decrypt(encrypted), b"text")
            self.assertIsNone(Identities(str(new_identity())).decrypt(encrypted))
            self.assertIsNone(identities.decrypt(encrypted[:-3]))
            self.assertIsNone(identities.decrypt(b"x" + encrypted))
        self.assertIsNone(identities.decrypt(b""))
