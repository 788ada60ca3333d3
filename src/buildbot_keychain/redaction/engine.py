"""Finding every occurrence of many byte strings in a text: the only module that knows a matcher.

`compile_keys` gives a `Matcher` whose `find` lists every occurrence of every key, overlapping ones
too, in no promised order. All matchers give the same set; they differ in speed alone:

- a few keys: one `bytes.find` loop each;
- many keys: each key is represented by its *anchor*, one short and telling piece of it. A scanner
  finds the anchors, and the keys that own an anchor are looked up by slice, so that the number of
  keys costs nothing. The scanner is daachorse where it is installed, otherwise a regular expression.

Keys are never empty. Matchers are immutable and may be used from several threads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

try:
    import daachorse
except ImportError:  # no wheel for this platform, or the extra is not installed
    daachorse = None

__all__ = ["NATIVE", "TIERS", "Matcher", "Occurrence", "compile_keys"]

Occurrence = tuple[int, int, int]
"""Start, end (both in bytes) and the index of the key."""

NATIVE = daachorse is not None
"""Whether the native scanner is there."""

TIERS = ("native", "stdlib") if NATIVE else ("stdlib",)
"""The tiers that can be asked for on this machine, the best first."""

FEW = 12
"""Up to this many keys are each looked for on their own."""

ANCHOR = 8
"""The length of an anchor in bytes; a shorter key is its own anchor."""


class Matcher(Protocol):
    """Finds keys in a text."""

    def find(self, data: bytes) -> list[Occurrence]:
        """List all occurrences in data (bytes)."""

    def absent(self, data: bytes) -> bool:
        """Whether it is certain, from a quick look, that there is no occurrence in data (bytes)."""


def compile_keys(keys: Sequence[bytes], tier: str = TIERS[0]) -> Matcher:
    """Build the matcher for the keys (bytes, distinct, not empty) in a tier of `TIERS`."""
    if len(keys) <= FEW:
        return _Few(keys)
    return _Anchored(keys, _NativeScanner if tier == "native" else _PatternScanner)


class _Few:
    """One search for each key."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(enumerate(keys))

    def absent(self, data: bytes) -> bool:
        return not any(key in data for _, key in self._keys)

    def find(self, data: bytes) -> list[Occurrence]:
        found = []
        for index, key in self._keys:
            at = data.find(key)
            while at >= 0:
                found.append((at, at + len(key), index))
                at = data.find(key, at + 1)
        return found


class _Scanner(Protocol):
    """Finds where anchors start."""

    def __init__(self, anchors: Sequence[bytes]) -> None: ...

    def absent(self, data: bytes) -> bool:
        """Whether no anchor is there."""

    def scan(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the start of each occurrence and the index of the anchor."""


class _NativeScanner:
    """The double-array automaton of daachorse."""

    def __init__(self, anchors: Sequence[bytes]) -> None:
        self._automaton = daachorse.DoubleArrayAhoCorasick(list(anchors))

    def absent(self, data: bytes) -> bool:
        return not self._automaton.find(data)

    def scan(self, data: bytes) -> Iterator[tuple[int, int]]:
        return ((start, index) for start, _, index in self._automaton.find_overlapping(data))


class _PatternScanner:
    """A regular expression shaped as a tree of the anchors."""

    def __init__(self, anchors: Sequence[bytes]) -> None:
        self._index = {anchor: index for index, anchor in enumerate(anchors)}
        self._lengths = sorted({len(anchor) for anchor in anchors})
        self._search = re.compile(_tree(sorted(anchors), 0), re.DOTALL).search

    def absent(self, data: bytes) -> bool:
        return self._search(data) is None

    def scan(self, data: bytes) -> Iterator[tuple[int, int]]:
        match = self._search(data)
        while match is not None:
            start = match.start()
            for length in self._lengths:
                index = self._index.get(data[start : start + length])
                if index is not None and start + length <= len(data):
                    yield start, index
            match = self._search(data, start + 1)


def _tree(words: Sequence[bytes], depth: int) -> bytes:
    """The expression that matches the shortest of the sorted words after `depth` common bytes."""
    if len(words[0]) == depth:
        return b""
    branches = []
    singles = bytearray()
    start = 0
    while start < len(words):
        byte = words[start][depth]
        end = start
        while end < len(words) and words[end][depth] == byte:
            end += 1
        group = words[start:end]
        if len(group[0]) == depth + 1:
            singles.append(byte)
        elif len(group) == 1:
            branches.append(re.escape(group[0][depth:]))
        else:
            branches.append(re.escape(bytes((byte,))) + _tree(group, depth + 1))
        start = end
    if singles:
        branches.append(b"[" + b"".join(b"\\x%02x" % byte for byte in singles) + b"]")
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"


class _Anchored:
    """Anchors found by a scanner, keys found by slice."""

    def __init__(self, keys: Sequence[bytes], scanner: type[_Scanner]) -> None:
        owners: dict[bytes, dict[tuple[int, int], dict[bytes, int]]] = {}
        for index, key in enumerate(keys):
            offset = _anchor(key)
            anchor = key[offset : offset + ANCHOR]
            owners.setdefault(anchor, {}).setdefault((offset, len(key)), {})[key] = index
        self._owners = [
            tuple((offset, length, table) for (offset, length), table in tables.items())
            for tables in owners.values()
        ]
        found = scanner(tuple(owners))
        self._scan = found.scan
        self.absent = found.absent

    def find(self, data: bytes) -> list[Occurrence]:
        found = []
        for at, anchor in self._scan(data):
            for offset, length, table in self._owners[anchor]:
                start = at - offset
                if start >= 0:
                    index = table.get(data[start : start + length])
                    if index is not None:
                        found.append((start, start + length, index))
        return found


def _anchor(key: bytes) -> int:
    """Where the anchor of a key starts: a piece with as many different bytes as can be."""
    last = len(key) - ANCHOR
    if last <= 0:
        return 0
    step = max(1, last // 16)
    return max(range(0, last + 1, step), key=lambda at: len(set(key[at : at + ANCHOR])))
