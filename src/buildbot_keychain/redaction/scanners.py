"""Finding any of many short words in a text: the only module that knows somebody else's matcher.

A `Scanner` says quickly whether there may be one, and lists where they start. In the tier
``native`` it is the automaton of daachorse, with the vector instructions of ahocorasick-rs for few
words where that is installed too; in the tier ``stdlib``, which is there always, it is a regular
expression. They say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

# Neither has wheels for every platform, and each is an extra.
try:
    import daachorse
except ImportError:
    daachorse = None  # type: ignore[assignment]
try:
    import ahocorasick_rs
except ImportError:
    ahocorasick_rs = None  # type: ignore[assignment]

__all__ = ["BLOCK", "TIERS", "Scanner", "scanner", "vector_look"]

TIERS = ("native", "stdlib") if daachorse is not None else ("stdlib",)
"""The tiers that can be asked for on this machine, the best first."""

VECTOR = range(8, 65)
"""ahocorasick-rs has vector instructions for up to 64 words; few are found as quickly without."""

VECTOR_LENGTH = 32
"""Bytes of a word that are looked for with vector instructions."""

FEW = 4
"""So few words are each looked for without a regular expression."""

BLOCK = 4096
"""Bytes of text that are looked at before the rest of a long one."""


class Scanner(Protocol):
    """Finds words (bytes, distinct, not empty) in a text."""

    def suspect(self, data: bytes) -> object:
        """Take a quick look at data (bytes): something false if there is no word for sure."""

    def scan(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where in data (bytes) each word starts, and the index of the word."""


def scanner(words: Sequence[bytes], tier: str) -> Scanner:
    """Give the scanner of a tier of `TIERS`."""
    if tier == "native":
        return _NativeScanner(words)
    return _PatternScanner(words) if len(words) > FEW else _FewScanner(words)


def vector_look(words: Sequence[bytes]) -> Callable[[bytes], object] | None:
    """The look of ahocorasick-rs for any of the words, or None if it would not be quick.

    It looks for their first bytes: to build it for long ones may take seconds.
    """
    if ahocorasick_rs is None or len(words) not in VECTOR:
        return None
    kind = ahocorasick_rs.MatchKind.LeftmostFirst
    starts = list(dict.fromkeys(word[:VECTOR_LENGTH] for word in words))
    every = ahocorasick_rs.BytesAhoCorasick(starts, matchkind=kind).find_matches_as_indexes

    def look(data: bytes) -> bool:
        # It lists all that there is, which may be much.
        return (len(data) > BLOCK and bool(every(data[:BLOCK]))) or bool(every(data))

    return look


class _NativeScanner:
    """The double-array automaton of daachorse."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._automaton = daachorse.DoubleArrayAhoCorasick(list(words))
        self._vector = vector_look(words)
        self.suspect = self._vector or self._automaton.find

    def scan(self, data: bytes) -> Iterator[tuple[int, int]]:
        if self._vector and not self._vector(data):
            return iter(())
        return ((start, index) for start, _, index in self._automaton.find_overlapping(data))


class _FewScanner:
    """One search for each word."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = tuple(words)

    def suspect(self, data: bytes) -> bool:
        return any(word in data for word in self._words)

    def scan(self, data: bytes) -> Iterator[tuple[int, int]]:
        for index, word in enumerate(self._words):
            at = data.find(word)
            while at >= 0:
                yield at, index
                at = data.find(word, at + 1)


class _PatternScanner:
    """A regular expression shaped as a tree of the words."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._index = {word: index for index, word in enumerate(words)}
        self._lengths = sorted({len(word) for word in words})
        self._search = re.compile(_tree(sorted(words), 0), re.DOTALL).search
        self.suspect = self._search

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
