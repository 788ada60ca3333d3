from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import DamagedBox, WrongKey
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.records import VersionRow
from buildbot_keychain.store.sealing import (
    digest_of_payload,
    open_value,
    seal_value,
    unwrap,
    wrap,
)

KEY, STORE_ID, UID = bytes(range(32)), bytes(16), b"u" * 16


class SealingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.data_key, self.payload = seal_value(STORE_ID, UID, 3, Kind.TEXT, b"value")
        row = VersionRow(UID, 3, b"", b"", b"", b"m" * 32, digest_of_payload(self.payload))
        self.row = replace(row, wrapped=wrap(KEY, STORE_ID, "a", row, self.data_key))

    def test_both_ways(self) -> None:
        data_key = unwrap(KEY, STORE_ID, "a", self.row)
        self.assertEqual(data_key, self.data_key)
        self.assertEqual(
            open_value(data_key, STORE_ID, UID, 3, self.payload), (Kind.TEXT, b"value")
        )

    def test_each_version_has_its_own_key(self) -> None:
        self.assertNotEqual(seal_value(STORE_ID, UID, 3, Kind.TEXT, b"value")[0], self.data_key)

    def test_a_data_key_is_bound_to_all_that_its_row_says(self) -> None:
        for store_id, name, row in (
            (b"s" * 16, "a", self.row),
            (STORE_ID, "b", self.row),
            (STORE_ID, "a", replace(self.row, uid=b"v" * 16)),
            (STORE_ID, "a", replace(self.row, version=4)),
            (STORE_ID, "a", replace(self.row, metadata_digest=bytes(32))),
            (STORE_ID, "a", replace(self.row, payload_digest=bytes(32))),
        ):
            self.assertRaises(DamagedBox, unwrap, KEY, store_id, name, row)
        self.assertRaises(WrongKey, unwrap, bytes(32), STORE_ID, "a", self.row)

    def test_a_value_is_bound_to_its_version(self) -> None:
        for place in ((b"s" * 16, UID, 3), (STORE_ID, b"v" * 16, 3), (STORE_ID, UID, 4)):
            self.assertRaises(DamagedBox, open_value, self.data_key, *place, self.payload)
