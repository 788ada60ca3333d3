"""What texts of different secrets have in common: who knows one of them knows that much of another.

Versions of a secret and tokens of one issuer often begin or end alike. What they share is not
secret from whoever has one of them, so it must not count when it is judged whether the others can
be guessed. It is found by sorting: the longest common beginning is that of neighbours.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator

__all__ = ["SharedEnds"]

NEAR = 16
"""Neighbours that belong to the same secret are passed over, up to so many."""

Entry = tuple[str, int]
"""A text and the number of its secret."""


class SharedEnds:
    """A growing set of texts (str), each of a secret."""

    def __init__(self) -> None:
        """Begin without texts."""
        self._forwards: list[Entry] = []
        self._backwards: list[Entry] = []

    def add(self, text: str, secret: int) -> None:
        """Add a text of a secret."""
        for entries, entry in self._sides(text, secret):
            at = bisect.bisect_left(entries, entry)
            if at == len(entries) or entries[at] != entry:
                entries.insert(at, entry)

    def remove(self, text: str, secret: int) -> None:
        """Remove a text of a secret, if it is there."""
        for entries, entry in self._sides(text, secret):
            at = bisect.bisect_left(entries, entry)
            if at < len(entries) and entries[at] == entry:
                del entries[at]

    def rest(self, text: str, secret: int) -> str:
        """Return a text without the longest beginning and end that it shares with other secrets.

        A text that stands in another one as a whole is not the less secret for it.
        """
        start, end = (
            max((_common(entry[0], other) for other in _near(entries, entry)), default=0)
            for entries, entry in self._sides(text, secret)
        )
        return text[start : len(text) - end] if start + end < len(text) else ""

    def neighbours(self, text: str, secret: int) -> set[Entry]:
        """Return the texts of other secrets whose rest may be shorter because of this one."""
        forwards, backwards = self._sides(text, secret)
        return {
            *((other, owner) for other, owner in _around(*forwards)),
            *((other[::-1], owner) for other, owner in _around(*backwards)),
        }

    def _sides(self, text: str, secret: int) -> tuple[tuple[list[Entry], Entry], ...]:
        return (self._forwards, (text, secret)), (self._backwards, (text[::-1], secret))


def _near(entries: list[Entry], entry: Entry) -> Iterator[str]:
    """Yield the texts of other secrets next to an entry that differ from it."""
    text = entry[0]
    for other, _ in _around(entries, entry):
        if other != text and not other.startswith(text):
            yield other


def _around(entries: list[Entry], entry: Entry) -> Iterator[Entry]:
    """Yield the nearest entries of other secrets on both sides."""
    at = bisect.bisect_left(entries, entry)
    for side in (entries[at : at + NEAR], reversed(entries[max(0, at - NEAR) : at])):
        for other in side:
            if other[1] != entry[1] and other[0] != entry[0]:
                yield other
                break


def _common(one: str, other: str) -> int:
    """Return the length of the longest common prefix."""
    size = min(len(one), len(other))
    for at in range(size):
        if one[at] != other[at]:
            return at
    return size
