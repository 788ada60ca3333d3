"""An entry along places of its anchor that are dense: the text or the pattern is repetitive.

An entry goes through all of these places on its own:

- it remembers the byte that made it fail, for the next place fails because of it too;
- where the text and the entry repeat themselves alike, most places need not be tried, and a chain
  of occurrences that overlap is one.

So the time taken depends on the length of the text, not on the product of it and the pattern's.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .anchors import ANCHOR
from .entry import Entry, occurrence
from .pattern import SHOWN, Span
from .prefix_tree import common_prefix
from .view import FoldedText

__all__ = ["along", "open_along"]

UNITS = 4
"""So many times an anchor may stand in what repeats itself."""

MANY = 32
"""From so many places on in which the end of a text may begin an entry, not each is tried."""


class _Chain(NamedTuple):
    """A stretch of the text that repeats itself as the beginning of an entry does."""

    start: int
    period: int
    end: int
    """Where the text does so no more."""
    extent: int
    """For how many bytes the entry does so."""

    def starts(self, first: int, last: int) -> range:
        """Return the places of the chain between two, inclusive."""
        first = self.start + max(0, -((self.start - first) // self.period)) * self.period
        return range(first, last + 1, self.period)


@secretive
class _Run:
    """The places of an entry in a text, where they are dense."""

    def __init__(self, text: bytes, places: Sequence[int], entry: Entry) -> None:
        self._text = text
        self._places = places
        self._entry = entry
        self._wrong = -1
        self._extents: dict[int, int] = {}

    def next(self, head: bytes, at: int) -> tuple[int, int] | None:
        """Return where the head of the entry stands, at a place from the one at index `at` on.

        And the index of that place.
        """
        places, anchor_at = self._places, self._entry.anchor_at
        while at < len(places):
            start = self._text.find(head, max(0, places[at] - anchor_at))
            if start < 0 or start + anchor_at > places[-1]:
                return None
            at = bisect.bisect_left(places, start + anchor_at)
            if places[at] == start + anchor_at:
                return start, at
        return None

    def stands(self, start: int) -> bool:
        """Return whether the folded entry stands at `start`, as far as the text goes."""
        text, folded, wrong = self._text, self._entry.folded, self._wrong
        # What was wrong the last time is nearly always wrong again.
        if start < 0 or (
            start <= wrong < start + len(folded) and text[wrong] != folded[wrong - start]
        ):
            return False
        if folded.startswith(text[start : start + len(folded)]):
            return True
        self._wrong = start + common_prefix(folded, text, start)
        return False

    def chain(self, at: int) -> _Chain | None:
        """Return the chain that begins at a place, if there is one.

        Where the text repeats itself for longer, or less long, than the beginning of the entry,
        the entry cannot stand. So of all places of a chain, few need to be tried.
        """
        place, folded = self._places[at], self._entry.folded
        start = place - self._entry.anchor_at
        if start < 0:
            return None
        for following in self._places[at + 1 : at + 1 + UNITS]:
            period = following - place
            if 3 * period > len(folded):
                break
            extent = self._extents.get(period)
            if extent is None:
                extent = self._extents[period] = period + common_prefix(folded, folded[period:])
            if extent >= 3 * period:
                end = self._end(start, period)
                if end - start >= 3 * period:
                    return _Chain(start, period, end, extent)
        return None

    def _end(self, start: int, period: int) -> int:
        text, end = self._text, start + period
        step = period
        while step:
            piece = text[end : end + step]
            if len(piece) == step and text.startswith(piece, end - period):
                end += step
                step *= 2
            else:
                step //= 2
        return end

    def behind(self, chain: _Chain, at: int) -> int:
        """Return the first place that is not settled by a chain which begins at another."""
        last = chain.end - 2 * chain.period + self._entry.anchor_at
        return max(at + 1, bisect.bisect_right(self._places, last))


def along(
    text: FoldedText,
    places: Sequence[int],
    entry: Entry,
    *,
    final: bool,
    every: bool,
) -> Iterator[Span]:
    """Yield the occurrences of an entry along dense places."""
    run = _Run(text.folded, places, entry)
    size = len(entry.folded)
    at = 0
    while (found := run.next(entry.folded, at)) is not None:
        start, at = found
        starts = range(start, start + 1)
        chain = run.chain(at)
        if chain is None:
            at += 1
        else:
            if chain.extent >= size:
                starts = chain.starts(start, chain.end - size)
            at = run.behind(chain, at)
        together = None
        if len(starts) > 1 and not every:
            together = _together(text, starts, entry, final=final)
        if together is not None:
            yield from together
            continue
        for each in starts:
            yield from entry.occurrences(text, each, final=final)


def _together(text: FoldedText, starts: range, entry: Entry, *, final: bool) -> list[Span] | None:
    """Return occurrences that overlap in a chain as one; None if they differ."""
    size = starts[-1] - starts[0] + len(entry.folded)
    first = text.origin(starts[0])
    end = text.origin(starts[0] + size - 1) + 1
    stretch = text.data[first:end]
    spans = []
    for pattern in entry.patterns:
        read = pattern.normalisation(stretch)
        # What is shorter than the pieces that are shown is judged one by one.
        short = pattern.normalisation.cuts and len(pattern.text.decode("utf-8", "replace")) < SHOWN
        if pattern.words or short or len(read) != size:
            return None
        if not read.startswith(read[starts.step :]):
            return None
        if read.startswith(pattern.text):
            whole = pattern._replace(text=read)
            spans.append(occurrence(text.data, first, end, whole, final=final))
    return [span for span in spans if span is not None]


def open_along(text: FoldedText, places: Sequence[int], entry: Entry) -> Iterator[int]:
    """Yield where an entry starts that is cut off; as a whole, if what folding drops is missing."""
    run = _Run(text.folded, places, entry)
    size = len(text.folded)
    least = size - len(entry.folded) + entry.anchor_at + (not entry.padded)
    head = entry.folded[: entry.anchor_at + ANCHOR]
    at = bisect.bisect_left(places, least)
    while (found := run.next(head, at)) is not None:
        start, at = found
        chain = run.chain(at)
        if chain is None:
            if run.stands(start):
                yield start
            at += 1
            continue
        if chain.end < size:
            start = chain.end - chain.extent
            if start in chain.starts(chain.start, start) and run.stands(start):
                yield start
        else:
            starts = chain.starts(size - chain.extent, size - 1)
            if len(starts) > MANY:
                # All of them stand: the first is sought that reads as a pattern does.
                fit = bisect.bisect_left(starts, 1, key=lambda start: _reads(text, start, entry))
                starts = starts[fit : fit + MANY]
            yield from starts
        at = run.behind(chain, at)


def _reads(text: FoldedText, start: int, entry: Entry) -> bool:
    """Return whether the end of the text reads as the beginning of a pattern, from a place on."""
    rest = text.data[text.origin(start) :]
    return any(each.text.startswith(each.normalisation(rest)) for each in entry.patterns)
