"""Which of many starts read as a pattern does, where the text and the pattern repeat themselves.

The folded form of a pattern stands at all of them. What folding makes alike, such as letters in
other case, is told apart here.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator

from .entry import Entry
from .normalisation import Normalisation, fold
from .prefix_tree import common_prefix
from .view import FoldedText

__all__ = ["MANY", "beginning", "reading"]

MANY = 32
"""From so many places on in which the end of a text may begin an entry, not each is tried."""

HEAD = 16
"""So many bytes tell where a text is written alike again, or that it reads otherwise."""

GROWTH = 4
"""How much more is looked at of what reads alike so far."""


def reading(text: FoldedText, starts: range, entry: Entry) -> Iterator[int]:
    """Yield the first of many starts, at all of which an entry stands, that read as a pattern does.

    What folding makes alike may be written so only at every second one, or third, as the pattern is
    written. Of these, all read as the pattern that follow one which does.
    """
    size = len(text.folded) - starts[0]
    steps: dict[bytes, int] = {}
    for whole, normalisation in {(each.text, each.normalisation) for each in entry.patterns}:
        if whole not in steps:
            part = beginning(whole, size)
            steps[whole] = max(1, len(fold(part[: _period(part)])) // starts.step)
        step = steps[whole]

        def reads(start: int, whole: bytes = whole, read: Normalisation = normalisation) -> bool:
            return _reads(text.data, text.origin(start), whole, read)

        if step > MANY:
            yield from itertools.islice(filter(reads, starts), MANY)
            continue
        for first in range(min(step, len(starts))):
            alike = starts[first::step]
            fit = bisect.bisect_left(alike, 1, key=reads)
            yield from alike[fit : fit + max(1, MANY // step)]


def beginning(text: bytes, size: int) -> bytes:
    """Return the beginning of a text (bytes) of which so many bytes stay when it is folded."""
    end = size + 1
    while end < len(text) and len(fold(text[:end])) <= size:
        end *= 2
    return text[: FoldedText(text[:end]).origin(size)]


def _period(text: bytes) -> int:
    """Return after how many bytes all of a text (bytes) is written again; its length for never."""
    again = text.find(text[:HEAD], 1)
    while again > 0:
        alike = common_prefix(text, text, again)
        if again + alike == len(text):
            return again
        again = text.find(text[: alike + 1], again + 1)
    return len(text)


def _reads(data: bytes, start: int, whole: bytes, normalisation: Normalisation) -> bool:
    """Return whether a text (bytes) reads as the beginning of a pattern, from a place to its end.

    More and more is looked at, as it may be wrong from the first.
    """
    size = HEAD
    while start + size < len(data):
        if not whole.startswith(normalisation(data[start : start + size])):
            return False
        size *= GROWTH
    return whole.startswith(normalisation(data[start:]))
