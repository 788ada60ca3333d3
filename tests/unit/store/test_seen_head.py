from __future__ import annotations

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store.journal import START, Head
from buildbot_keychain.store.seen_head import SeenHead
from tests.support.store_keys import StoreFilesTestCase

STORE_ID, HEAD = b"s" * 16, Head(12, b"m" * 32)


class SeenHeadTests(StoreFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory.chmod(0o755)
        self.path = self.directory / "secrets.seen"
        self.seen = SeenHead(self.path)

    def test_both_ways(self) -> None:
        self.assertEqual(self.seen.read(STORE_ID), START)
        self.seen.advance(STORE_ID, HEAD)
        self.seen.advance(STORE_ID, Head(13, b"n" * 32))
        self.assertEqual(SeenHead(self.path).read(STORE_ID), Head(13, b"n" * 32))

    def test_it_goes_back_only_if_that_is_meant(self) -> None:
        self.seen.advance(STORE_ID, HEAD)
        for head in (Head(11, b"n" * 32), Head(12, b"n" * 32)):
            self.seen.advance(STORE_ID, head)
            self.assertEqual(self.seen.read(STORE_ID), HEAD)
        self.seen.accept(STORE_ID, Head(11, b"n" * 32))
        self.assertEqual(self.seen.read(STORE_ID), Head(11, b"n" * 32))

    def test_damage_does_not_count_as_nothing_seen(self) -> None:
        self.seen.advance(STORE_ID, HEAD)
        content = self.path.read_bytes()
        for other in (b"", content[:-1], content + b"\n", content.replace(b" 12 ", b" 012 ")):
            self.path.write_bytes(other)
            self.assertIn(
                "is damaged", str(self.assertRaises(StoreError, self.seen.read, STORE_ID))
            )

    def test_another_store(self) -> None:
        self.seen.advance(STORE_ID, HEAD)
        error = self.assertRaises(StoreError, self.seen.read, b"t" * 16)
        self.assertIn("another database was put in its place", str(error))

    def test_a_file_that_others_can_write_to(self) -> None:
        self.seen.advance(STORE_ID, HEAD)
        self.path.chmod(0o622)
        self.assertIn("chmod 600", str(self.assertRaises(StoreError, self.seen.read, STORE_ID)))
