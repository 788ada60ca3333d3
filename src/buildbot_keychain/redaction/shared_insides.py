"""Which texts of secrets stand inside of others: who knows them knows that much of the others.

A text may stand there as it is or encoded, and may be encoded itself. Only whole texts count: what
beginnings and ends have in common is for `shared_ends`.

Hardly any text stands in another one, and that is seen at once: a bit is set for each piece of what
was added, by its hash. All are gone through only for a text of which each piece has one.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from buildbot_keychain.secretive import secretive

from .strength import OPEN_BITS, bits, readable

__all__ = ["SharedInsides"]

PIECE = 8
"""Characters of a piece; what cannot be guessed has more."""

LONGEST = 4096
"""Longer texts are not looked into."""

MANY = 64
"""Texts around a new one of which it is asked whether they can be guessed now."""

_BITS = 1 << 23
_BETWEEN = b"\xff"
"""What stands in no text."""


Key = TypeVar("Key")
Value = TypeVar("Value")


@secretive
class SharedInsides:
    """A growing set of texts (str) that cannot be guessed, each of a secret."""

    def __init__(self) -> None:
        """Begin without texts."""
        # What texts say, as they are or decoded; by that, the texts and their secrets.
        self._texts: dict[str, Collection[str]] = {}
        self._secrets: dict[str, Collection[int]] = {}
        self._together: set[frozenset[str]] = set()
        # By the first piece of each.
        self._lengths: dict[int, Collection[int]] = {}
        # All, one after the other, where each begins, and which pieces there are.
        self._all = bytearray()
        self._starts: list[int] = []
        self._says: list[str] = []
        self._pieces = bytearray(_BITS // 8)

    def add(self, texts: Iterable[str], secret: int) -> set[str]:
        """Add the texts of a secret; return the texts that can be guessed now, knowing others."""
        added = {says: text for text in texts for says in _readings(text)}
        pieces = {says: _pieces(says) for says in added}
        together = frozenset(added)
        new = together not in self._together  # or another secret has the same value
        self._together.add(together)
        if new:
            around = (islice(self._around(*each), MANY) for each in list(pieces.items()))
            pieces.update((says, _pieces(says)) for each in around for says in each)
        for says, text in added.items():
            if says not in self._texts:
                self._append(says, pieces[says])
            _note(self._texts, says, text)
            _note(self._secrets, says, secret)
        known = [says for says in pieces if new and self._can_be_guessed(says, pieces[says])]
        return {text for says in known for text in self._texts[says]}

    def _append(self, says: str, pieces: Sequence[int]) -> None:
        if pieces:
            _note(self._lengths, pieces[0], len(says))
            self._starts.append(len(self._all))
            self._says.append(says)
            self._all += says.encode("utf-8", "surrogatepass") + _BETWEEN
            for piece in pieces:
                self._pieces[piece >> 3] |= 1 << (piece & 7)

    def _around(self, says: str, pieces: Sequence[int]) -> Iterator[str]:
        """Yield what holds a text."""
        if not (pieces and all(self._pieces[each >> 3] >> (each & 7) & 1 for each in pieces)):
            return
        sought = says.encode("utf-8", "surrogatepass")
        at = self._all.find(sought)
        while at >= 0:
            after = bisect.bisect_right(self._starts, at)
            yield self._says[after - 1]
            at = self._all.find(sought, self._starts[after]) if after < len(self._starts) else -1

    def _can_be_guessed(self, says: str, pieces: Sequence[int]) -> bool:
        """Return whether too little is left of a text without those of other secrets in it."""
        rest, done = "", 0
        for start, end in self._inside(says, pieces):
            rest += says[done:start]
            done = max(done, end)
        return done > 0 and bits(rest + says[done:]) < OPEN_BITS

    def _inside(self, says: str, pieces: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield where texts of other secrets stand in a text, ascending."""
        for at, piece in enumerate(pieces):
            for length in self._lengths.get(piece, ()):
                other = says[at : at + length]
                if len(other) == length < len(says) and self._is_of_another(other, says):
                    yield at, at + length

    def _is_of_another(self, other: str, says: str) -> bool:
        """Return whether a secret has a text, but not the one around it."""
        return not set(self._secrets.get(other, ())).issubset(self._secrets[says])


def _note(values: dict[Key, Collection[Value]], key: Key, value: Value) -> None:
    """Add a value to those of a key: nearly always the only one, and a tuple of one is small."""
    known = values.get(key, ())
    if isinstance(known, set):
        known.add(value)
    elif value not in known:
        values[key] = {*known, value} if known else (value,)


def _pieces(says: str) -> Sequence[int]:
    """Return the hash of each piece of a text, none if it is too long."""
    if len(says) > LONGEST:
        return ()
    return [hash(says[at : at + PIECE]) & (_BITS - 1) for at in range(len(says) - PIECE + 1)]


def _readings(text: str) -> Iterator[str]:
    """Yield a text, and what it encodes."""
    while text:
        yield text
        text = readable(text) if len(text) <= LONGEST else ""
