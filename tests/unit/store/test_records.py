from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.records import VersionRow, current_mac, digest_of

UID = b"u" * 16
FIRST = VersionRow(UID, 1, b"k" * 8, b"wrapped", b"metadata", b"m" * 32, b"p" * 32)
SECOND = replace(FIRST, version=2)


class DigestTests(SynchronousTestCase):
    def test_everything_counts_but_the_boxes(self) -> None:
        digest = digest_of(UID, "a/b", 2, 0, [FIRST, SECOND])
        self.assertEqual(
            digest,
            digest_of(
                UID,
                "a/b",
                2,
                0,
                [replace(FIRST, kid=b"l" * 8, wrapped=b"again"), replace(SECOND, metadata=b"x")],
            ),
        )
        others = [
            digest_of(b"v" * 16, "a/b", 2, 0, [FIRST, SECOND]),
            digest_of(UID, "a/c", 2, 0, [FIRST, SECOND]),
            digest_of(UID, "a/b", 1, 0, [FIRST, SECOND]),
            digest_of(UID, "a/b", 2, 1, [FIRST, SECOND]),
            digest_of(UID, "a/b", 2, 0, [SECOND]),
            digest_of(UID, "a/b", 2, 0, []),
            digest_of(UID, "a/b", 2, 0, [SECOND, FIRST]),
            digest_of(UID, "a/b", 2, 0, [FIRST, replace(SECOND, metadata_digest=b"n" * 32)]),
            digest_of(UID, "a/b", 2, 0, [FIRST, replace(SECOND, payload_digest=b"q" * 32)]),
        ]
        self.assertEqual(len({digest, *others}), 10)


class CurrentMacTests(SynchronousTestCase):
    def test_everything_counts(self) -> None:
        given: tuple[Any, ...] = (b"k" * 32, UID, 2, 0, 7, b"d" * 32)
        changed: tuple[Any, ...] = (b"l" * 32, b"v" * 16, 1, 1, 8, b"e" * 32)
        macs = {current_mac(*given)}
        for at, other in enumerate(changed):
            altered = list(given)
            altered[at] = other
            macs.add(current_mac(*altered))
        self.assertEqual(len(macs), 7)
