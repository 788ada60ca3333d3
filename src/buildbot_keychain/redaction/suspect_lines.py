"""The lines of many in which something may be hidden, and those before, between and behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .matching.normalisation import fold
from .matching.view import FoldedText

__all__ = ["SomeLines", "parts_of"]

BEHIND = 96
"""So many bytes behind a secret nothing is open any more, nearly always."""


@secretive
class SomeLines(NamedTuple):
    """Whole lines, one or more."""

    data: bytes
    folded: bytes | None
    """All up to their end, folded, behind the folded context of all; None if they are suspect."""


def parts_of(
    suspects: Sequence[tuple[int, int]], lines: bytes, folded: bytes, context: int
) -> Iterator[SomeLines]:
    """Yield whole lines (bytes) in parts: what is suspect with a little behind it, and the rest.

    :param suspects: from where to where something may be hidden, ascending, in what is folded.
    :param folded: the lines behind some folded context.
    :param context: how many bytes of it there are.
    """
    text = FoldedText(lines, folded[context:])
    at = 0
    for suspect in suspects:
        start, end = max(suspect[0] - context, 0), max(suspect[1] - context, 1)
        place = text.origin(start)
        first = lines.rfind(b"\n", at, place) + 1 or at
        behind = lines.find(b"\n", text.origin(end - 1) + BEHIND) + 1 or len(lines)
        if first > at:
            folded_before = folded[: context + start - len(fold(lines[first:place]))]
            yield SomeLines(lines[at:first], folded_before)
        if behind > first:
            yield SomeLines(lines[first:behind], None)
        at = max(at, behind)
    if at < len(lines):
        yield SomeLines(lines[at:], folded)
