from __future__ import annotations

from dataclasses import replace

from buildbot_keychain.errors import KeyRingError, StoreTampered
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.transaction import SecretState
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

KNOWN = Metadata(NOW, description="d")


class ContentsTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.primary = self.ring_file.read().keys[0].id
        self.contents = Contents(self.ledger())
        self.secret = SecretState(b"u" * 16, "a", 1, 0, ())
        self.row, self.payload = self.contents.seal(self.primary, self.secret, 1, KNOWN, b"value")

    def test_both_ways(self) -> None:
        opened = self.contents.open(self.secret, self.row, self.payload)
        self.assertEqual(opened, (b"value", KNOWN))
        self.assertEqual(self.contents.metadata(self.secret, self.row), KNOWN)
        self.assertEqual(self.row.kid, self.primary)

    def test_other_metadata(self) -> None:
        known = replace(KNOWN, redact=False)
        row = self.contents.edit(self.primary, self.secret, self.row, known)
        self.assertEqual(self.contents.metadata(self.secret, row), known)
        self.assertEqual(self.contents.open(self.secret, row, self.payload), (b"value", known))

    def test_metadata_of_before_do_not_fit(self) -> None:
        edited = self.contents.edit(self.primary, self.secret, self.row, Metadata(NOW))
        for row in (
            replace(edited, metadata=self.row.metadata),
            replace(
                edited,
                metadata=self.row.metadata,
                metadata_digest=self.row.metadata_digest,
            ),
            replace(edited, wrapped=self.row.wrapped),
        ):
            error = self.assertRaises(
                StoreTampered, self.contents.open, self.secret, row, self.payload
            )
            self.assertIn("secret 'a': version 1: ", str(error))

    def test_a_value_of_another_kind_than_the_metadata_say(self) -> None:
        row = self.contents.edit(
            self.primary, self.secret, self.row, replace(KNOWN, kind=Kind.BYTES)
        )
        error = self.assertRaises(StoreTampered, self.contents.open, self.secret, row, self.payload)
        self.assertIn("another kind", str(error))

    def test_a_value_that_is_missing_or_another(self) -> None:
        _, other = self.contents.seal(self.primary, self.secret, 1, KNOWN, b"other")
        for payload in (None, b"", other):
            error = self.assertRaises(
                StoreTampered, self.contents.open, self.secret, self.row, payload
            )
            self.assertIn("its value was changed", str(error))

    def test_a_key_that_the_ring_lacks(self) -> None:
        row = replace(self.row, kid=bytes(8))
        self.assertRaises(KeyRingError, self.contents.data_key, self.secret, row)
        self.assertRaises(KeyRingError, self.contents.wrap, bytes(8), "a", row, bytes(32))
