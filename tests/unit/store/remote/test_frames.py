"""Messages in a stream of bytes."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.remote import FrameReader, NotAMessage, frame


class FrameTests(SynchronousTestCase):
    @given(st.lists(st.binary(max_size=20)), st.integers(1, 9))
    def test_in_pieces(self, messages: list[bytes], size: int) -> None:
        data = b"".join(map(frame, messages))
        reader, found = FrameReader(20), []
        for at in range(0, len(data), size):
            found += reader.feed(data[at : at + size])
        self.assertEqual(found, messages)

    def test_one_that_is_too_long_is_not_kept(self) -> None:
        for length in (21, 1 << 31, (1 << 32) - 1):
            reader = FrameReader(20)
            error = self.assertRaises(NotAMessage, reader.feed, struct.pack(">I", length))
            self.assertIn(f"a message of {length} bytes", str(error))
        self.assertEqual(FrameReader(20).feed(frame(b"x" * 20)), [b"x" * 20])
