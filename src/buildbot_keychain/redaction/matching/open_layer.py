"""The compiled form of patterns that are hidden from everybody, because nobody can guess them.

Only whole occurrences on one line count. Nothing about the end of a text is asked, so nothing is
held back.

A guess that is nearly right must not be told from a wrong one, not even by the work it causes. So
an anchor is much longer here than in a `Layer`: a text that holds one has guessed enough of the
secret not to be a guess. In a text with a structure, of which most may be known, the anchor is that
of its kernel, or a piece at the place where the kernel is written.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

from .finder import Finder
from .group import Entry
from .layer import brackets
from .normalisation import fold
from .scanner import TIERS

if TYPE_CHECKING:
    from buildbot_keychain.redaction.forms.unguessable import OpenText

    from .pattern import Pattern, Span
    from .view import FoldedText

__all__ = ["OpenLayer"]

ANCHOR = 24
"""The length of an anchor in bytes; a shorter pattern is its own anchor."""


class OpenLayer:
    """An immutable set of patterns that are hidden from everybody."""

    def __init__(self, texts: Iterable[OpenText], tier: str = TIERS[0]) -> None:
        """Compile the patterns of some texts for an engine tier."""
        texts = sorted(texts, key=lambda text: text.aim < 1)  # kernels first
        self.patterns = list(dict.fromkeys(each for text in texts for each in text.patterns))
        by_folded: dict[bytes, list[Pattern]] = {}
        aims: dict[bytes, float] = {}
        for text in texts:
            for pattern in text.patterns:
                folded = fold(pattern.text)
                aims.setdefault(folded, text.aim)
                same = by_folded.setdefault(folded, [])
                if pattern not in same:
                    same.append(pattern)
        groups: dict[bytes, list[Entry]] = {}
        for folded, members in by_folded.items():
            at = _anchor_at(folded, aims[folded], groups)
            anchor = folded[at : at + ANCHOR]
            groups.setdefault(anchor, []).append(Entry.of(folded, at, members))
        finder = Finder(groups, tier)
        self.any = finder.any
        """Return something true if a folded text (bytes) may show a pattern."""
        self._find = finder.find
        self.brackets = brackets(self.patterns)

    def find(
        self, text: FoldedText, *, until: int | None = None, final: bool, every: bool = False
    ) -> list[Span]:
        """List the occurrences in a text; see `Finder.find`."""
        return self._find(text, until=until, final=final, every=every)


def _anchor_at(folded: bytes, aim: float, known: Container[bytes]) -> int:
    """Return where the anchor of a folded pattern starts."""
    last = len(folded) - ANCHOR
    if last <= 0:
        return 0
    if aim == 1.0:
        return last  # what tokens of a kind share is at the start
    for at in range(last + 1):
        if folded[at : at + ANCHOR] in known:
            return at
    return min(last, max(0, round(aim * len(folded)) - ANCHOR // 2))
