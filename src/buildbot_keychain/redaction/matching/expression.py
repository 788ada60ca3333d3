"""Finding any of some words in a text by a regular expression.

It is shaped as a tree of the words, each from its rarest byte on. Where that much stands, it looks
back for the rest of the word. An expression that begins with one byte is found ten times as fast
as one that begins with any of some. So those bytes count as one, and what is found is compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from buildbot_keychain.secretive import secretive

from .anchors import rarest_byte

__all__ = ["Expression"]

TAIL = 4
"""Bytes of a word that are looked for first, or more."""


@secretive
class Expression:
    """An immutable set of words."""

    def __init__(self, words: Mapping[bytes, int]) -> None:
        """Take words (bytes, not empty), each with its index."""
        starts = {word: rarest_byte(word[: max(1, len(word) - TAIL)]) for word in words}
        firsts = bytes({word[at] for word, at in starts.items()})
        self._alike = bytes.maketrans(firsts, firsts[:1] * len(firsts))
        self._by_shape: dict[tuple[int, int], dict[bytes, int]] = {}
        shapes: dict[bytes, set[tuple[int, int]]] = {}
        wholes: dict[bytes, dict[bytes, None]] = {}
        for word, at in starts.items():
            whole, shape = word.translate(self._alike), (at, len(word))
            shapes.setdefault(whole[at:], set()).add(shape)
            wholes.setdefault(whole[at:], {})[whole] = None
            self._by_shape.setdefault(shape, {})[word] = words[word]
        self._shapes: dict[bytes, set[tuple[int, int]]] = {}
        """By tail: where in words it, or a tail that begins with it, starts, and their lengths."""
        begun: list[bytes] = []
        for tail in sorted(shapes):
            while begun and not tail.startswith(begun[-1]):
                begun.pop()
            begun.append(tail)
            for beginning in begun:
                self._shapes.setdefault(beginning, set()).update(shapes[tail])
        self._search = re.compile(_tree(sorted(shapes), 0, wholes), re.DOTALL).search

    def first(self, data: bytes) -> list[tuple[int, int, int]]:
        """Return where a word stands in data (bytes), alone or none; see `places`."""
        seen = data.translate(self._alike)
        match = self._search(seen)
        return list(islice(self._places(data, seen, match), 1)) if match else []

    def places(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield where words start and end in data (bytes), and their indices."""
        seen = data.translate(self._alike)
        return self._places(data, seen, self._search(seen))

    def _places(
        self, data: bytes, seen: bytes, match: re.Match[bytes] | None
    ) -> Iterator[tuple[int, int, int]]:
        while match is not None:
            for at, length in self._shapes[match[0]]:
                start = match.start() - at
                end = start + length
                index = self._by_shape[at, length].get(data[start:end]) if start >= 0 else None
                if index is not None:
                    yield start, end, index
            match = self._search(seen, match.start() + 1)


def _tree(words: Sequence[bytes], depth: int, whole: Mapping[bytes, Collection[bytes]]) -> bytes:
    """Return the expression for the shortest of the sorted tails, after `depth` common bytes.

    :param whole: by tail: the words that have it.
    """
    branches = []
    singles = bytearray()
    start = 0
    if len(words[0]) == depth:
        if words[0] in whole[words[0]]:
            return b""
        branches = [b"(?<=%s)" % re.escape(word) for word in whole[words[0]]]
        start = 1
    while start < len(words):
        byte = words[start][depth]
        end = start
        while end < len(words) and words[end][depth] == byte:
            end += 1
        group = words[start:end]
        size = len(group[0]) if len(group) == 1 else depth + 1
        rest = re.escape(group[0][depth:size]) + _tree(group, size, whole)
        if rest == re.escape(bytes((byte,))):
            singles.append(byte)
        else:
            branches.append(rest)
        start = end
    if singles:
        branches.append(b"[" + b"".join(b"\\x%02x" % byte for byte in singles) + b"]")
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"
