"""Scanning texts for several finders at once, from when that is worth while.

Whoever is given one secret after another has other layers after each. A scanner for them all would
be compiled each time for a line or two.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.secretive import secretive

from .finder import Finder, Together
from .view import FoldedText

__all__ = ["LaterTogether"]

WORTH = 64
"""Bytes of text for each anchor, after which it is: it takes as long to compile it."""


@secretive
class LaterTogether:
    """What a `Together` does, which is compiled when enough text has come."""

    def __init__(self, finders: Sequence[Finder], tier: str) -> None:
        """Take the finders, and an engine tier."""
        self.finders = finders
        self._tier = tier
        self._left = WORTH * sum(len(finder.anchors) for finder in finders)
        self._together: Together | None = None

    def any(self, folded: bytes) -> object:
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        together = self._compiled(len(folded))
        if together is not None:
            return together.any(folded)
        for finder in self.finders:
            found = finder.any(folded)
            if found:
                return found
        return None

    def scan(self, text: FoldedText) -> None:
        """Find for each finder where its anchors stand in a text, if that is not left to them."""
        together = self._compiled(len(text.folded))
        if together is not None:
            together.scan(text)

    def _compiled(self, size: int) -> Together | None:
        if self._together is None:
            self._left -= size
            if self._left < 0:
                self._together = Together(self.finders, self._tier)
        return self._together
