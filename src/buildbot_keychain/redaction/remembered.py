"""What a stream did with a piece of text: logs repeat what they print, and so do floods.

What a stream does depends on the secrets it knows, its state and the piece. So where all of that is
as it was, the piece becomes what it became, and the stream's state what it was then.

Much text at once that repeats itself is looked at in blocks of lines. Where a block ends depends on
its last line, so that the same lines make up the same blocks, whatever came before.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from buildbot_keychain.secretive import secretive

from .matching.normalisation import fold

if TYPE_CHECKING:
    from .matching.view import ScannedLines
    from .pending import Pending
    from .snapshot import Snapshot

__all__ = ["UNKNOWN", "Remembered", "blocks_of", "repeats_itself"]

BLOCK = 1024
"""Lines are looked at in blocks of so many bytes, or a little more."""

LINES = 64
"""Bytes of lines, or a little more, that tell whether a text repeats itself."""

ONE_IN = 8
"""One in so many lines ends a block that is long enough."""

TRIED = 16
"""So many lines are tried, and the last one ends it in any case."""

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

_State = tuple[Any, ...]


@secretive
class _Done(NamedTuple):
    """What was done with a piece."""

    released: bytes | None
    """What it became; None for the piece itself."""
    number: int
    """The number of the state afterwards."""
    state: _State
    """That state."""
    told: list[tuple[int, int]]
    """What was covered; see `Pending.told`."""


@secretive
class Remembered:
    """What was done with pieces under one snapshot, by the state before, which has a number."""

    def __init__(self, pending: Pending) -> None:
        """Begin without any; the state is that of what is `pending`."""
        self._pending = pending
        self._snapshot: Snapshot | None = None
        self._done: dict[tuple[int, bytes], _Done] = {}
        self._numbers: dict[_State, int] = {}
        self._next = 0
        self._left = 0
        self.number = UNKNOWN
        """That of the state, if it is known and what comes next is looked at as it comes."""

    def done(self, data: bytes, snapshot: Snapshot) -> bytes | None:
        """Return what data (bytes) became in the same state, if that is known, and do it again."""
        if snapshot is not self._snapshot:
            return None
        done = self._done.get((self.number, data))
        return None if done is None else self._do_again(done, data, self.number)

    def take_in(
        self, data: bytes, snapshot: Snapshot, scanned: ScannedLines | None = None
    ) -> bytes:
        """Take in data (bytes) as `Pending.take_in` does, or has done in the same state."""
        pending = self._pending
        pending.know(snapshot)
        number, self.number = self.number, UNKNOWN
        # What a chooser of values knows may have changed since.
        if len(data) + pending.held > LONGEST or snapshot.unknown is not None:
            return pending.take_in(data, snapshot, scanned)
        if snapshot is not self._snapshot:
            self._forget(snapshot)
            number = UNKNOWN
        before = number if number >= 0 else self._number_of(pending.state)
        done = self._done.get((before, data))
        if done is not None:
            return self._do_again(done, data, before)
        released, state = pending.take_in(data, snapshot, scanned), pending.state
        number = self._number_of(state)
        self._left -= ENTRY + len(data) + len(released)
        shown = None if released is data else released
        self._done[before, data] = _Done(shown, number, state, pending.told)
        self.number = number if pending.patience.is_over else UNKNOWN
        return released

    def _do_again(self, done: _Done, data: bytes, before: int) -> bytes:
        pending = self._pending
        if done.number != before:
            pending.state = done.state
        pending.told = done.told
        self.number = done.number if pending.patience.is_over else UNKNOWN
        return data if done.released is None else done.released

    def _number_of(self, state: _State) -> int:
        """Return the number of a state; it is that of no other, also if it is forgotten."""
        if self._left < 0:
            self._forget(self._snapshot)
        number = self._numbers.get(state)
        if number is None:
            self._next += 1
            number = self._numbers[state] = self._next
            self._left -= STATE + _size(state)
        return number

    def _forget(self, snapshot: Snapshot | None) -> None:
        """Forget all, and remember what is done under a snapshot."""
        self._snapshot, self._done, self._numbers, self._left = snapshot, {}, {}, MOST


def repeats_itself(data: bytes, snapshot: Snapshot) -> bool:
    """Return whether lines in the middle of much data (bytes) stand before it as well.

    And whether there may be words in the block there: else all passes sooner than in blocks.
    """
    if len(data) <= LONGEST:
        return False
    start = data.rfind(b"\n", 0, len(data) // 2) + 1
    end = data.find(b"\n", start + LINES) + 1
    if not 0 < start < end or data.find(data[start:end]) == start:
        return False
    return snapshot.may_show_word(fold(data[start : start + BLOCK]))


def blocks_of(lines: bytes) -> Iterator[bytes]:
    """Yield lines (bytes) in blocks, the same ones wherever the same lines come for long."""
    start = 0
    while start < len(lines):
        at = start + BLOCK
        for _ in range(TRIED):
            line, at = at, lines.find(b"\n", at) + 1
            if not at or at - start > LONGEST or zlib.crc32(lines[line:at]) % ONE_IN == 0:
                break
        end = at or len(lines)
        yield lines[start:end]
        start = end


def _size(state: _State) -> int:
    """Return how many bytes of text there are in a state."""
    return sum(
        len(each) if isinstance(each, bytes) else _size(each)
        for each in state
        if isinstance(each, (bytes, tuple))
    )
