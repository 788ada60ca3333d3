"""Where the end of a text may be the beginning of one of many keys, answered in a few look-ups.

The beginning of a key is either short, and then it is in a table of short beginnings; or it ends
at most seven bytes after one of the key's blocks of eight, counted from its start, and then that
block is in a table of blocks, with how far from the start of a key it stands. So fifteen look-ups
tell nearly always that nothing is open, however many keys there are. Only if a block is found are
the places tried where its keys would begin; of few keys, each is asked instead.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterable, Iterator

__all__ = ["Openings"]

BLOCK = 8

FEW = 16
"""Up to so many keys are each asked for the longest beginning of them."""


class Openings:
    """The beginnings of a set of keys (bytes), none of them the whole key."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        """Build the tables."""
        keys = self._keys = sorted(keys)
        self.longest = max(map(len, keys), default=0)
        self._inside = frozenset(b"".join(key[:-1] for key in keys))
        self._heads = frozenset(
            key[:size] for key in keys for size in range(1, min(BLOCK, len(key)))
        )
        # Nearly every block stands in one place of one key. Equal places share one tuple.
        once = [(at,) for at in range(self.longest)]
        self._blocks: dict[bytes, Collection[int]] = {}
        for key in keys:
            for at in range(0, len(key) - BLOCK, BLOCK):
                places = self._blocks.setdefault(key[at : at + BLOCK], once[at])
                if isinstance(places, set):
                    places.add(at)
                elif at not in places:
                    self._blocks[key[at : at + BLOCK]] = {*places, at}

    def none(self, text: bytes) -> bool:
        """Whether nothing is open for sure, judged by the last byte alone."""
        return text[-1] not in self._inside

    def first(self, text: bytes, low: int = 0) -> int:
        """The first place from `low` on where a key may begin that the end cuts off.

        It is the length of the text if there is none.
        """
        size = len(text)
        if not size or text[-1] not in self._inside:
            return size
        blocks = self._blocks_at_end(text)
        if blocks and len(self._keys) <= FEW:
            return size - max(longest_beginning(key, text, low) for key in self._keys)
        for at in _places(blocks, low):
            if self._begun(text[at:]):
                return at
        end = text[max(low, size - BLOCK + 1) :]
        for at in range(len(end)):
            if end[at:] in self._heads:
                return size - len(end) + at
        return size

    def starts(self, text: bytes, low: int = 0, least: int = 1) -> Iterator[int]:
        """Yield, ascending, every place from `low` on where a key may begin that the end cuts off.

        Beginnings shorter than `least` bytes are left out.
        """
        size = len(text)
        if not size or text[-1] not in self._inside:
            return
        for at in _places(self._blocks_at_end(text), low):
            if self._begun(text[at:]):
                yield at
        for length in range(min(BLOCK - 1, size - low), least - 1, -1):
            if text[-length:] in self._heads:
                yield size - length

    def _blocks_at_end(self, text: bytes) -> list[tuple[int, Collection[int]]]:
        """List where the blocks at the end stand, and how far behind the beginnings of keys."""
        end = text[-2 * BLOCK + 1 :]
        start = len(text) - len(end)
        get = self._blocks.get
        return [
            (start + at, offsets)
            for at in range(len(end) - BLOCK + 1)
            if (offsets := get(end[at : at + BLOCK]))
        ]

    def _begun(self, rest: bytes) -> bool:
        at = bisect.bisect_right(self._keys, rest)
        return at < len(self._keys) and self._keys[at].startswith(rest)


def _places(blocks: Iterable[tuple[int, Collection[int]]], low: int) -> list[int]:
    """List, ascending, the places from `low` on where keys begin that have these blocks."""
    places = {at - offset for at, offsets in blocks for offset in offsets}
    return sorted(place for place in places if place >= low)


def longest_beginning(key: bytes, text: bytes, low: int) -> int:
    """The length of the longest beginning of a key, not the whole, that ends the text after `low`.

    Repetitive keys and texts make many places look promising. A place fails because of one byte;
    the next place tried must agree with the text in that byte too, which the search for it makes
    sure of.
    """
    length = min(len(key) - 1, len(text) - low)
    agreed = 1
    while length > 0:
        at = key.rfind(text[len(text) - agreed :], 0, length)
        if at < 0 and agreed == 1:
            break
        if at < 0:
            # None is longer than what agreed the last time: begin anew with those that are not.
            length, agreed = agreed - 1, 1
            continue
        length = at + agreed
        common = _common_ending(key, length, text)
        if common == length:
            return length
        agreed = common + 1
    return 0


def _common_ending(key: bytes, length: int, text: bytes) -> int:
    """How many bytes at the end of key[:length] are those at the end of the text, by bisection."""
    size = len(text)
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        if text.endswith(key[length - middle : length - low], 0, size - low):
            low = middle
        else:
            high = middle - 1
    return low
