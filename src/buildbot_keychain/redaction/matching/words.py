"""Which of many secrets may stand in a text: those of which it holds a word.

A *word* is a piece of a pattern, long enough that other texts hardly ever hold it. A *unit* is a
number for a secret, or for several that are looked for together. Its patterns are compiled when a
text first holds one of its words. A word that many units have is *popular*: a text that holds it
must not cost so many, and whatever has it is looked for together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from buildbot_keychain.secretive import secretive

from .scanner import MARKED, Scanner, either
from .view import FoldedText

__all__ = ["POPULAR", "Owners", "WordIndex", "note_owner"]

POPULAR = 16
"""So many units may have the same word."""


@secretive
class Owners(Mapping[bytes, tuple[int, ...]]):
    """Which units have a piece of text (bytes)."""

    def __init__(self) -> None:
        """Begin without any."""
        self._units: dict[bytes, tuple[int, ...]] = {}
        self.popular: set[bytes] = set()
        """Pieces that more than `POPULAR` units have, of which they are not all kept."""

    def add(self, piece: bytes, unit: tuple[int]) -> None:
        """Note that a unit, alone in a tuple that all its pieces share, has a piece."""
        if not note_owner(self._units, piece, unit):
            self.popular.add(piece)

    def drop_popular(self) -> None:
        """Forget what is popular."""
        for piece in self.popular:
            del self._units[piece]

    def __getitem__(self, piece: bytes) -> tuple[int, ...]:
        """Return the units that have a piece."""
        return self._units[piece]

    def __iter__(self) -> Iterator[bytes]:
        """Go through the pieces."""
        return iter(self._units)

    def __len__(self) -> int:
        """Return how many pieces there are."""
        return len(self._units)


def note_owner(units: dict[bytes, tuple[int, ...]], piece: bytes, unit: tuple[int]) -> bool:
    """Return whether a unit is among those of a piece now; it is not if there are `POPULAR`."""
    others = units.setdefault(piece, unit)
    if unit[0] in others:
        return True
    if len(others) >= POPULAR:
        return False
    units[piece] = (*others, *unit)
    return True


@secretive
class WordIndex:
    """An immutable index of units by their words."""

    def __init__(
        self, owners: Mapping[bytes, tuple[int, ...]], tier: str, marks: Sequence[bytes] = ()
    ) -> None:
        """Compile the words and the marks for an engine tier."""
        self._units = list(owners.values())
        self.anchors = list(owners)
        """The words."""
        self.marks = marks
        scanner = Scanner(self.anchors, tier)
        self.any = scanner.any
        """Return something true if a folded text (bytes) may hold a word or holds a mark."""
        self.any_word = scanner.any_word
        """Return whether a folded text (bytes) may hold a word."""
        self._places = scanner.places
        # Looked for with the words, short ones would make the scanner slow.
        self._holds_mark = Scanner((), tier, marks).any
        if marks:
            self.any = partial(either, self._holds_mark, scanner.any)

    def units(self, text: FoldedText) -> list[int]:
        """Return the units of which a text holds a word, in order."""
        return sorted({unit for word in self._found(text) for unit in self._units[word]})

    def found(self, text: FoldedText) -> Mapping[bytes, list[Sequence[int]]]:
        """Return where words stand in a text."""
        words = self._found(text)
        return {self.anchors[word]: text.places[self][word] for word in words}

    def is_marked(self, text: FoldedText) -> bool:
        """Return whether a text holds a mark."""
        self._found(text)
        return MARKED in text.places[self]

    def _found(self, text: FoldedText) -> list[int]:
        found = text.places.get(self)
        if found is None:
            found = text.places[self] = self._places(text.folded, text.hits.get(self.any))
            if self._holds_mark(text.folded):
                found[MARKED] = []
        return [word for word in found if word != MARKED]
