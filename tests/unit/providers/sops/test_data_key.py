from __future__ import annotations

import pyrage
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops._data_key import Recipient, open_data_key
from buildbot_keychain.providers.sops._errors import SopsKeyMissing

KEY = b"k" * 32


class Owner:
    """Someone with an age key."""

    def __init__(self) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        self.name = str(self.identity.to_public())

    def recipient(self, sealed: bytes) -> Recipient:
        encrypted = pyrage.encrypt(sealed, [self.identity.to_public()], armored=True)
        return self.name, encrypted.decode()


class DataKeyTests(SynchronousTestCase):
    def test_unsupported_identities_next_to_others_are_left_out(self) -> None:
        ours = Owner()
        text = f"AGE-PLUGIN-YUBIKEY-1S3CR3T\nAGE-SECRET-KEY-PQ-1S3CR3T\n{ours.identity}\n"
        identities = Identities(text)
        self.assertEqual(len(identities), 1)
        self.assertEqual(open_data_key(identities, [[ours.recipient(KEY)]], 1), KEY)
        other = [Owner().recipient(KEY)]
        error = self.assertRaises(SopsKeyMissing, open_data_key, identities, [other], 1)
        self.assertIn(
            "none of the configured age identities (1) matches (of the key file, its line 1 "
            "belongs to a plug-in, which is not supported, its line 2 is a post-quantum identity",
            error.reason,
        )
        self.assertNotIn("S3CR3T", error.reason)

    def test_one_of_several_recipients(self) -> None:
        ours, other = Owner(), Owner()
        identities = Identities(f"{Owner().identity}\n{ours.identity}\n")
        group = [other.recipient(KEY), ours.recipient(KEY)]
        self.assertEqual(open_data_key(identities, [group], 1), KEY)

    def test_no_matching_recipient(self) -> None:
        others = [Owner() for _ in range(12)]
        group = [other.recipient(KEY) for other in others]
        identities = Identities(str(Owner().identity))
        error = self.assertRaises(SopsKeyMissing, open_data_key, identities, [group], 1)
        names = ", ".join(repr(other.name) for other in others[:10])
        self.assertEqual(
            error.reason,
            f"is encrypted for {names}, 2 more; none of the configured age identities (1) "
            "matches; add the master's key with: sops updatekeys",
        )

    def test_key_groups(self) -> None:
        # The polynomial is k + 1x, so its value at x is k ^ x.
        parts = [bytes(byte ^ point for byte in KEY) + bytes([point]) for point in (1, 2, 3)]
        owners = [Owner() for _ in parts]
        groups = [[owner.recipient(part)] for owner, part in zip(owners, parts, strict=True)]
        two = Identities(f"{owners[0].identity}\n{owners[2].identity}\n")
        self.assertEqual(open_data_key(two, groups, 2), KEY)
        one = Identities(str(owners[1].identity))
        error = self.assertRaises(SopsKeyMissing, open_data_key, one, groups, 2)
        self.assertIn("needs keys of 2 of its 3 key groups", error.reason)
        self.assertIn("the configured age identities open 1; it is encrypted for", error.reason)

    def test_key_groups_whose_parts_do_not_fit_together(self) -> None:
        owner = Owner()
        groups = [[owner.recipient(b"a\1")], [owner.recipient(b"b\1")]]
        identities = Identities(str(owner.identity))
        self.assertRaises(SopsKeyMissing, open_data_key, identities, groups, 2)

    def test_a_damaged_data_key(self) -> None:
        owner = Owner()
        identities = Identities(str(owner.identity))
        for sealed in ("", "\udc00", owner.recipient(KEY)[1][:100]):
            group = [(owner.name, sealed)]
            self.assertRaises(SopsKeyMissing, open_data_key, identities, [group], 1)
