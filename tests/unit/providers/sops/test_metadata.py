from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._errors import SopsError, SopsKeyMissing
from buildbot_keychain.providers.sops._metadata import Metadata, read_metadata

AGE = [{"recipient": "age1", "enc": "A"}]
FOUND: dict[str, Any] = {"version": "3.11.0", "mac": "m", "lastmodified": "t", "age": AGE}


class MetadataTests(SynchronousTestCase):
    def test_one_group(self) -> None:
        expected = Metadata([[("age1", "A")]], 1, "m", "t", mac_only_encrypted=False)
        self.assertEqual(read_metadata(FOUND), expected)

    def test_key_groups_and_their_threshold(self) -> None:
        groups = [{"age": AGE}, {"age": None}, {"age": AGE}]
        for threshold, needed in (("2", 2), (2, 2), (None, 3), ("0", 1), ("x", 3)):
            found = {**FOUND, "key_groups": groups, "shamir_threshold": threshold}
            metadata = read_metadata(found)
            self.assertEqual(metadata.threshold, needed, threshold)
            self.assertEqual(metadata.groups, [[("age1", "A")], [], [("age1", "A")]])

    def test_mac_only_encrypted(self) -> None:
        for given, only in ((True, True), ("true", True), ("false", False), (None, False)):
            found = read_metadata({**FOUND, "mac_only_encrypted": given})
            self.assertIs(found.mac_only_encrypted, only)

    def test_metadata_that_cannot_be_used(self) -> None:
        for change, kind, reason in (
            ({"version": "4.0.0"}, SopsError, "was written by version '4.0.0' of sops; versions 1"),
            ({"version": ""}, SopsError, "lacks 'version' in its sops metadata; restore it"),
            ({"mac": None}, SopsError, "lacks 'mac' in its sops metadata"),
            ({"lastmodified": 5}, SopsError, "lacks 'lastmodified' in its sops metadata"),
            ({"age": [{"enc": "x"}]}, SopsError, "lacks 'recipient' in its sops metadata"),
            ({"age": None}, SopsKeyMissing, "is not encrypted for any age key (nor for any other)"),
            (
                {"age": [], "pgp": [{"fp": "x"}], "kms": [{"arn": "y"}]},
                SopsKeyMissing,
                "is not encrypted for any age key (only for: pgp, kms); add one with: sops rotate",
            ),
        ):
            error = self.assertRaises(kind, read_metadata, {**FOUND, **change})
            self.assertIs(type(error), kind)
            self.assertIn(reason, error.reason)
