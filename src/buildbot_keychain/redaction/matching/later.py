"""Scanning texts for several finders at once, from when that is worth while.

Whoever is given one secret after another has other layers after each. A scanner for them all would
be compiled each time for a line or two.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from buildbot_keychain.secretive import secretive

from .finder import Finder, Scanned, Together
from .view import FoldedText
from .words import WordIndex

__all__ = ["Asked", "LaterTogether"]

WORTH = 300
"""Bytes of text for each word, and each scan less, after which it is: it takes as long to compile.
"""

MOST = 6000
"""So many words at most: it takes over ten milliseconds, and half a megabyte."""


class Asked(Protocol):
    """What a text is scanned for."""

    @property
    def any(self) -> Callable[[bytes], object]:
        """Returns something true if a folded text (bytes) may show a pattern or holds a mark."""

    @property
    def any_word(self) -> Callable[[bytes, object], bool]:
        """Returns whether a folded text (bytes) may show a pattern, given what `any` returned."""


@secretive
class LaterTogether:
    """Several finders, and what does the same as all of them when enough text has come."""

    def __init__(
        self,
        given: Sequence[Asked],
        others: Sequence[Asked],
        tier: str,
        grams: Sequence[AbstractSet[bytes]] = (),
    ) -> None:
        """Take the finders for what was given, those for all else, and an engine tier.

        :param grams: what a folded text ends in that may leave something open, in some bytes.

        Where the others look for very many words, only the given ones are put together.
        """
        self.finders = [*given, *others]
        self.asked = list(self.finders)
        """What says whether a folded text may show a pattern or holds a mark."""
        self.grams = grams
        self._tier = tier
        self._together: Together | None = None
        self._few = next(filter(None, map(_few, (self.finders, given))), ())
        self.left = sys.maxsize
        """So many bytes of text may come before `compile` is worth while."""
        if self._few and tier != "stdlib":
            self.left = WORTH * sum(map(_words, self._few)) // (len(self._few) - 1)

    def compile(self) -> None:
        """Put together what does the same."""
        self.left = sys.maxsize
        together = self._together = Together(self._few, self._tier)
        self.asked = [together, *self.finders[len(self._few) :]]
        self.grams = [frozenset().union(*self.grams)]

    def scan(self, text: FoldedText) -> None:
        """Find for each finder where its anchors stand in a text, if that is not left to them."""
        if self._together is not None:
            self._together.scan(text)


def _few(finders: Sequence[Asked]) -> Sequence[Scanned]:
    """Return finders of which few words are looked for, if there are several and no others."""
    scanned = [finder for finder in finders if isinstance(finder, (Finder, WordIndex))]
    several = 1 < len(scanned) == len(finders)
    return scanned if several and sum(map(_words, scanned)) <= MOST else ()


def _words(finder: Scanned) -> int:
    return len(finder.anchors) + len(finder.marks)
