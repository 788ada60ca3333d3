"""Finding any of very many long words in a text, with nothing but the standard library.

Of a text only its *grams* are looked up in a set: eight bytes of every nine. Wherever a word
stands, one of these is in its *head*, its first 16 bytes; and of each head, all pieces of eight
bytes are in the set. So a text takes as long, however many words there are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from operator import length_hint

from buildbot_keychain.secretive import secretive

__all__ = ["HEAD", "Grams"]

HEAD = 16
"""Bytes of a head, and of the shortest word that is looked for so."""

STEP = 9
"""From one gram of a text to the next there are so many bytes."""

# Numbers are hashed by their first bytes, of which few occur: what is looked up stays in caches.
_GRAM = struct.Struct("<Q")
_FEW, _MANY = (struct.Struct("<" + "Qx" * count) for count in (8, 64))
_PADDING = bytes(_MANY.size)


@secretive
class Grams:
    """An immutable set of words."""

    def __init__(self, words: Mapping[bytes, int]) -> None:
        """Take words (bytes) of `HEAD` bytes or more, each with its index."""
        self._words = words
        self._lengths: dict[bytes, tuple[int, ...]] = {}
        """By head: the lengths of the words that begin with it."""
        equal: dict[tuple[int, ...], tuple[int, ...]] = {}
        for word in words:
            head = word[:HEAD]
            lengths = self._lengths.get(head, ())
            if len(word) not in lengths:
                lengths = (*lengths, len(word))
                self._lengths[head] = equal.setdefault(lengths, lengths)
        self._grams = {
            gram for head in self._lengths for at in range(STEP) for gram in _gram(head, at)
        }

    def first(self, data: bytes) -> list[tuple[int, int, int]]:
        """Return where a word stands in data (bytes), alone or none; see `places`."""
        unit = _FEW if len(data) < _MANY.size else _MANY
        units = unit.iter_unpack(data + _PADDING[: -len(data) % unit.size])
        if self._grams.isdisjoint(chain.from_iterable(units)):
            return []
        return list(islice(self.places(data), 1))

    def places(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield where words start and end in data (bytes), and their indices."""
        for place in self._places(data + _PADDING[: -len(data) % _FEW.size]):
            for start in range(max(0, place - STEP + 1), place + 1):
                for length in self._lengths.get(data[start : start + HEAD], ()):
                    end = start + length
                    index = self._words.get(data[start:end])
                    if index is not None and end <= len(data):  # or it is that of a shorter one
                        yield start, end, index

    def _places(self, data: bytes) -> Iterator[int]:
        """Yield where in padded data (bytes) grams stand that a head has."""
        units = _FEW.iter_unpack(data)
        while not self._grams.isdisjoint(chain.from_iterable(units)):
            # It has gone through the units up to the one that holds the first.
            end = len(data) - length_hint(units) * _FEW.size
            for place in range(end - _FEW.size, end, STEP):
                if not self._grams.isdisjoint(_gram(data, place)):
                    yield place


def _gram(data: bytes, at: int) -> tuple[int]:
    """Return the gram at a place in data (bytes), alone in a tuple."""
    return _GRAM.unpack_from(data, at)
