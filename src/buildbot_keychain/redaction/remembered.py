"""What a stream did with a piece of text: logs repeat what they print, and so do floods.

What a stream does depends on the secrets it knows, its state and the piece. So where all of that is
as it was, the piece becomes what it became, and the stream's state what it was then.

Much text at once that repeats itself is looked at in blocks of lines. Where a block ends depends on
its last line, so that the same lines make up the same blocks, whatever came before.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from buildbot_keychain.secretive import secretive

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["Done", "Remembered", "blocks_of", "repeats_itself"]

BLOCK = 1024
"""Lines are looked at in blocks of so many bytes, or a little more."""

LINES = 64
"""Bytes of lines, or a little more, that tell whether a text repeats itself."""

ONE_IN = 8
"""One in so many lines ends a block that is long enough."""

LONGEST = 8192
"""A longer piece is not remembered, nor one behind more that waits, in bytes."""

MOST = 1_048_576
"""So many bytes are remembered for a stream, about."""

ENTRY = 512
"""So many bytes for the objects of an entry, about."""

STATE = 1024
"""So many for those of a state, about."""

UNKNOWN = -1
"""The number of a state that has none."""

State = tuple[Any, ...]


@secretive
class Done(NamedTuple):
    """What was done with a piece."""

    released: bytes | None
    """What it became; None for the piece itself."""
    number: int
    """The number of the state afterwards."""
    state: State
    """That state."""
    told: Sequence[tuple[int, int]]
    """What was covered: the secrets, and on which lines of what the call returns."""


@secretive
class Remembered:
    """What was done with pieces under one snapshot, by the state before, which has a number."""

    def __init__(self) -> None:
        """Begin without any."""
        self._snapshot: Snapshot | None = None
        self._done: dict[tuple[int, bytes], Done] = {}
        self._numbers: dict[State, int] = {}
        self._next = 0
        self._left = 0

    def done(self, data: bytes, number: int, snapshot: Snapshot) -> Done | None:
        """Return what was done with data (bytes) in a state, if it is known."""
        return self._done.get((number, data)) if snapshot is self._snapshot else None

    def number(self, state: State, snapshot: Snapshot) -> int:
        """Return the number of a state; it is that of no other, also if it is forgotten."""
        if snapshot is not self._snapshot or self._left < 0:
            self._snapshot, self._done, self._numbers, self._left = snapshot, {}, {}, MOST
        number = self._numbers.get(state)
        if number is None:
            self._next += 1
            number = self._numbers[state] = self._next
            self._left -= STATE + _size(state)
        return number

    def keep(self, data: bytes, number: int, done: Done) -> None:
        """Remember what was done with data (bytes) in the state that has a number."""
        self._left -= ENTRY + len(data) + len(done.released or b"")
        self._done[number, data] = done


def repeats_itself(data: bytes) -> bool:
    """Return whether lines in the middle of much data (bytes) stand before it as well."""
    if len(data) <= LONGEST:
        return False
    start = data.rfind(b"\n", 0, len(data) // 2) + 1
    end = data.find(b"\n", start + LINES) + 1
    return 0 < start < end and data.find(data[start:end]) < start


def blocks_of(lines: bytes) -> Iterator[bytes]:
    """Yield lines (bytes) in blocks, the same ones wherever the same lines come for long."""
    start = 0
    while start < len(lines):
        at = start + BLOCK
        while True:
            line, at = at, lines.find(b"\n", at) + 1
            if not at or at - start > LONGEST or zlib.crc32(lines[line:at]) % ONE_IN == 0:
                break
        end = at or len(lines)
        yield lines[start:end]
        start = end


def _size(state: State) -> int:
    """Return how many bytes of text there are in a state."""
    return sum([len(each) for each in state if each.__class__ is bytes])
