"""The patterns with one folded form, and where each of them is when that is in a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .normalisation import DROPPED, Normalisation, fold
from .pattern import LONGEST_AFTER, Pattern, Span, bounded, first_masked
from .stretches import Stretches
from .view import FoldedText

__all__ = ["Entry", "occurrence"]


@secretive
class Entry(NamedTuple):
    """The patterns with one folded form."""

    folded: bytes
    anchor_at: int
    patterns: Sequence[Pattern]
    padded: bool
    """Whether a pattern ends with bytes that folding drops."""
    margin: int | None
    """How far an occurrence may reach beyond where it stands, in folded bytes.

    Inside of a certain one by as much, it says nothing new. None if it may always say something.
    """

    @classmethod
    def of(cls, folded: bytes, anchor_at: int, patterns: Sequence[Pattern]) -> Entry:
        """Return the entry of patterns with a folded form, whose anchor stands there in it."""
        padded = any(pattern.text[-1] in DROPPED for pattern in patterns)
        margin = None
        if not (padded or any(pattern.text[0] in DROPPED for pattern in patterns)):
            reaches = any(pattern.before or pattern.after for pattern in patterns)
            margin = LONGEST_AFTER if reaches else 0
        return cls(folded, anchor_at, patterns, padded, margin)

    def is_inside(self, covered: Stretches, start: int, end: int) -> bool:
        """Return whether it says nothing new where it stands, from `start` to before `end`."""
        margin = self.margin
        return margin is not None and covered.hold(start - margin, end + margin)

    def occurrences(self, text: FoldedText, start: int, *, final: bool) -> list[Span]:
        """Return the occurrences where the folded text is right: at `start` of it.

        Beside a certain one, others of its secret at the same place are left out.
        """
        first = text.origin(start)
        end = first + len(self.folded)
        if fold(text.data[first:end]) != self.folded:
            end = text.origin(start + len(self.folded) - 1) + 1
        found: list[Span] = []
        certain = -1
        for pattern in self.patterns:
            if pattern.secret != certain:
                span = occurrence(text.data, first, end, pattern, final=final)
                if span is not None:
                    found.append(span)
                    if self.margin == 0 and span.is_certain:
                        certain = pattern.secret
        return found


def occurrence(data: bytes, start: int, end: int, pattern: Pattern, *, final: bool) -> Span | None:
    """Return the span if data[start:end], with what folding dropped, reads as a pattern does."""
    if pattern.normalisation is Normalisation.EXACT:
        start -= len(pattern.text) - len(pattern.text.lstrip(DROPPED))
        end = start + len(pattern.text)
        there = start >= 0 and data[start:end] == pattern.text
        return bounded(data, start, end, pattern, final=final) if there else None
    stretch = data[start:end]
    if stretch != pattern.text and pattern.normalisation(stretch) != pattern.text:
        return None
    span = bounded(data, start, end, pattern, final=final)
    if span is None or not pattern.normalisation.cuts:
        return span
    masked = first_masked(data, start, end, blanks_count=pattern.normalisation.blanks_count)
    if masked == start:
        return span
    return span._replace(start=masked, shown=masked - start) if masked < span.end else None
