from __future__ import annotations

import hashlib
from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import DamagedBox, StoreError
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.metadata import (
    Metadata,
    digest_of_metadata,
    open_metadata,
    seal_metadata,
)

FULL = Metadata(5, Kind.BYTES, "Größe", ("b", "ä"), ("release-*",), 9, redact=False)
CANONICAL = (
    '{"allowed":["release-*"],"created":5,"description":"Größe","expires":9,"kind":"bytes",'
    '"redact":false,"tags":["b","ä"]}'
).encode()
KEY, STORE_ID, UID = bytes(range(32)), bytes(16), b"u" * 16


class CanonicalTests(SynchronousTestCase):
    def test_both_ways(self) -> None:
        self.assertEqual(FULL.canonical(), CANONICAL)
        self.assertEqual(Metadata.from_canonical(CANONICAL), FULL)
        self.assertEqual(Metadata.from_canonical(Metadata(5).canonical()), Metadata(5))
        self.assertEqual(digest_of_metadata(FULL), hashlib.sha256(CANONICAL).digest())

    def test_nothing_else_is_read(self) -> None:
        for content in (
            b"",
            b"[]",
            b"\xff",
            CANONICAL + b" ",
            CANONICAL.replace(b":5", b": 5"),
            CANONICAL.replace(b'"tags"', b'"tabs"'),
            CANONICAL.replace(b'"bytes"', b'"file"'),
            CANONICAL.replace('"b","ä"'.encode(), '"ä","b"'.encode()),
            CANONICAL.replace(b'["release-*"]', b"7"),
            CANONICAL.replace("ö".encode(), b"\\u00f6"),
        ):
            self.assertRaises(DamagedBox, Metadata.from_canonical, content)

    def test_it_is_limited(self) -> None:
        self.assertRaises(StoreError, replace(FULL, description="x" * 65536).canonical)
        self.assertRaises(StoreError, replace(FULL, description="\ud800").canonical)


class SealedTests(SynchronousTestCase):
    def test_it_opens_in_its_place_alone(self) -> None:
        box = seal_metadata(KEY, STORE_ID, UID, 3, FULL)
        self.assertEqual(open_metadata(KEY, STORE_ID, UID, 3, box), FULL)
        for place in ((b"s" * 16, UID, 3), (STORE_ID, b"v" * 16, 3), (STORE_ID, UID, 4)):
            self.assertRaises(DamagedBox, open_metadata, KEY, *place, box)
        short = seal_metadata(KEY, STORE_ID, UID, 3, Metadata(5))
        self.assertEqual(len(box), len(short))
