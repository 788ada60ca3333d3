"""What texts of different secrets have in common: who knows one of them knows that much of another.

Versions of a secret often begin or end alike. What they share is not secret from whoever has one of
them, so it must not count when it is judged whether the others can be guessed.

Among secrets of different owners it counts only if it cannot be guessed itself. Otherwise somebody
who may add secrets could try out the beginning of another one: with enough characters behind it,
such a guess is hidden from everybody, unless it is right. An owner is what secrets are given by:
a name, but where values of one name are given apart, each of them has an owner of its own.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .strength import OPEN_BITS, bits

__all__ = ["SharedEnds"]

NEAR = 16
"""Neighbours that belong to the same secret are passed over, up to so many."""

VERSIONS = 64
"""So many texts of former values of an owner are compared with new ones."""


MOST_BITS = 7
"""No character is worth more."""


@secretive
class _Entry(NamedTuple):
    text: str
    secret: int
    owner: str

    def forwards(self) -> _Entry:
        return self

    def backwards(self) -> _Entry:
        return self._replace(text=self.text[::-1])


@secretive
class SharedEnds:
    """A growing set of texts (str), each of a secret with an owner."""

    def __init__(self) -> None:
        """Begin without texts."""
        # The same entries, sorted by their beginnings and by their ends.
        self._forwards: list[_Entry] = []
        self._backwards: list[_Entry] = []
        self._by_owner: dict[str, list[_Entry]] = defaultdict(list)

    def add(self, text: str, secret: int, owner: str) -> set[str]:
        """Add a text of a secret; return the texts that can be guessed now, knowing others."""
        entry = _Entry(text, secret, owner)
        bisect.insort(self._forwards, entry)
        bisect.insort(self._backwards, entry, key=_Entry.backwards)
        versions = self._by_owner[owner]
        versions.append(entry)
        del versions[:-VERSIONS]
        changed = [entry, *self._neighbours(entry), *self._versions(entry)]
        return {each.text for each in changed if _can_be_guessed(self._rest(each), each.text)}

    def _rest(self, entry: _Entry) -> str:
        """Return a text without the longest beginning and end that others share with it.

        A text that stands in another one as a whole is not the less secret for it; what it leaves
        of the other one is for `SharedInsides` to judge.
        """
        text = entry.text
        start = end = 0
        for other in (*self._neighbours(entry), *self._versions(entry)):
            version = other.owner == entry.owner
            shared = common_beginning(text, other.text)
            if start < shared < len(text) and (version or _counts(text[:shared])):
                start = shared
            shared = common_beginning(text[::-1], other.text[::-1])
            if end < shared < len(text) and (version or _counts(text[len(text) - shared :])):
                end = shared
        return text[start : len(text) - end] if start + end < len(text) else ""

    def _versions(self, entry: _Entry) -> Iterator[_Entry]:
        """Yield the texts of other values of the same owner."""
        return (each for each in self._by_owner[entry.owner] if _differs(each, entry))

    def _neighbours(self, entry: _Entry) -> Iterator[_Entry]:
        """Yield the texts of other secrets that share most with a text: its neighbours, sorted."""
        yield from _around(self._forwards, entry, _Entry.forwards)
        yield from _around(self._backwards, entry, _Entry.backwards)


def _counts(shared: str) -> bool:
    """Return whether nobody can have guessed what texts of different owners share."""
    return len(shared) * MOST_BITS >= OPEN_BITS and bits(shared) >= OPEN_BITS


def _can_be_guessed(rest: str, text: str) -> bool:
    return rest != text and bits(rest) < OPEN_BITS


def _around(
    entries: list[_Entry], entry: _Entry, read: Callable[[_Entry], _Entry]
) -> Iterator[_Entry]:
    """Yield the nearest entries of other secrets on both sides, sorted as they are read.

    A text that holds all of another one, which is not the less secret for it, is passed over.
    """
    sought = read(entry)
    at = bisect.bisect_left(entries, sought, key=read)
    for other in entries[at : at + NEAR]:
        if _differs(other, entry):
            yield other
            if not read(other).text.startswith(sought.text):
                break
    nearest = None
    for other in reversed(entries[max(0, at - NEAR) : at]):
        text = read(other).text
        if _differs(other, entry) and (nearest is None or nearest.startswith(text)):
            yield other
            nearest = nearest or text


def _differs(one: _Entry, other: _Entry) -> bool:
    return one.secret != other.secret and one.text != other.text


def common_beginning(one: str, other: str) -> int:
    """Return the length of the longest common prefix."""
    size = min(len(one), len(other))
    for at in range(size):
        if one[at] != other[at]:
            return at
    return size
