"""Messages in a stream of bytes: each begins with its length in four bytes, the highest first.

Pure. What a stream claims is checked before it is kept, so nobody has us hold more than the limit.
"""

from __future__ import annotations

import struct

from buildbot_keychain.errors import StoreError
from buildbot_keychain.secretive import secretive

_LENGTH = struct.Struct(">I")

LARGEST_REQUEST = 2 << 20
"""Bytes: a value of 1 MiB in base64, and its metadata."""

LARGEST_ANSWER = 64 << 20
"""Bytes."""


class NotAMessage(StoreError):
    """What came is not a message of this protocol."""


def frame(content: bytes) -> bytes:
    """Return a message as it is sent."""
    return _LENGTH.pack(len(content)) + content


@secretive
class FrameReader:
    """Takes messages out of a stream.

    :param largest: bytes that a message may have.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that are complete now.

        :raise NotAMessage: when one is longer than it may be.
        """
        self._buffer += data
        found = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > self._largest:
                self._buffer.clear()
                msg = f"a message of {length} bytes is not one of this protocol"
                raise NotAMessage(msg)
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            found.append(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return found
