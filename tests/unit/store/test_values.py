"""A secret as users of the store have it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.values import (
    MAX_SIZE,
    Value,
    content_of,
    content_of_file,
    without_line_end,
)


class ValueTests(SynchronousTestCase):
    def test_texts_and_bytes(self) -> None:
        self.assertEqual(content_of("é"), (Kind.TEXT, b"\xc3\xa9"))
        self.assertEqual(content_of(b"\xff"), (Kind.BYTES, b"\xff"))
        self.assertEqual(Value(b"\xc3\xa9", 1, Metadata(0)).text, "é")

    def test_what_cannot_be_one(self) -> None:
        for value in ("canary\ud800", "é" * (MAX_SIZE // 2 + 1), b"x" * (MAX_SIZE + 1)):
            error = self.assertRaises(StoreError, content_of, value)
            self.assertNotIn("canary", str(error))
        found = Value(b"canary\xff", 1, Metadata(0))
        self.assertRaises(StoreError, lambda: found.text)
        self.assertNotIn("canary", repr(found))

    def test_files(self) -> None:
        for content, value in (
            (b"alone\n", "alone"),
            (b"two\r\nlines\n", "two\r\nlines\n"),
            (b"\xff\n", b"\xff\n"),
            (b"\n", ""),
        ):
            self.assertEqual(content_of_file(content), value)

    def test_the_end_of_a_line(self) -> None:
        for text, kept in (
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n\n"),
            ("a\nb\n", "a\nb\n"),
            ("", ""),
        ):
            self.assertEqual(without_line_end(text), kept)
