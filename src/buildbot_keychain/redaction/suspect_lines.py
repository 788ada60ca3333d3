"""The lines of many between which something may be hidden, and those before and behind them."""

from __future__ import annotations

from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .matching.normalisation import fold
from .matching.view import FoldedText

__all__ = ["LinesAround", "lines_around"]

BEHIND = 96
"""So many bytes behind a secret nothing is open any more, nearly always."""


@secretive
class LinesAround(NamedTuple):
    """Whole lines in three parts, each of which may be empty."""

    before: bytes
    folded_before: bytes
    """These folded, behind the folded context of all."""
    suspect: bytes
    after: bytes


def lines_around(
    suspect: tuple[int, int], lines: bytes, folded: bytes, context: int
) -> LinesAround:
    """Return whole lines (bytes) in parts: what is suspect with a little behind it, and the rest.

    :param suspect: from where to where something may be hidden, in what is folded.
    :param folded: the lines behind some folded context.
    :param context: how many bytes of it there are.
    """
    start, end = max(suspect[0] - context, 0), max(suspect[1] - context, 1)
    text = FoldedText(lines, folded[context:])
    place = text.origin(start)
    first = lines.rfind(b"\n", 0, place) + 1
    behind = lines.find(b"\n", text.origin(end - 1) + BEHIND) + 1 or len(lines)
    folded_before = folded[: context + start - len(fold(lines[first:place]))]
    return LinesAround(lines[:first], folded_before, lines[first:behind], lines[behind:])
