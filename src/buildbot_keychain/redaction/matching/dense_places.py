"""An entry along places of its anchor that are dense: the text or the pattern is repetitive.

An entry goes through all of these places on its own:

- it remembers the byte that made it fail, for the next place fails because of it too;
- where the text and the entry repeat themselves alike, most places need not be tried, and a chain
  of occurrences that overlap is one.

So the time taken depends on the length of the text, not on the product of it and the pattern's.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .anchors import ANCHOR
from .entry import Entry, occurrence
from .normalisation import DROPPED, fold
from .pattern import SHOWN, Pattern, Span
from .prefix_tree import common_prefix
from .reading import MANY, reading
from .scanner import end_of_repetition
from .stretches import Stretches
from .view import FoldedText

__all__ = ["along", "open_along"]

UNITS = 4
"""So many times an anchor may stand in what repeats itself."""


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
        self.places = places
        self._entry = entry
        self._wrong = -1
        self._extents: dict[int, int] = {}

    def next(self, head: bytes, at: int) -> tuple[int, int] | None:
        """Return where the head of the entry stands, at a place from the one at index `at` on.

        And the index of that place.
        """
        places, anchor_at = self.places, self._entry.anchor_at
        end = max(0, places[-1] - anchor_at + len(head))
        while at < len(places):
            start = self._text.find(head, max(0, places[at] - anchor_at), end)
            if start < 0:
                return None
            at = bisect.bisect_left(places, start + anchor_at)
            if places[at] == start + anchor_at:
                return start, at
        return None

    def is_whole(self, start: int) -> bool:
        """Return whether the whole folded entry stands at `start`."""
        return self._text.startswith(self._entry.folded, start)

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
        place, folded = self.places[at], self._entry.folded
        start = place - self._entry.anchor_at
        if start < 0:
            return None
        for following in self.places[at + 1 : at + 1 + UNITS]:
            period = following - place
            if 3 * period > len(folded):
                break
            extent = self._extents.get(period)
            if extent is None:
                # No more of a long entry than the text could hold.
                again = folded[period : period + len(self._text)]
                extent = self._extents[period] = period + common_prefix(folded, again)
            if extent >= 3 * period:
                end = end_of_repetition(self._text, start, period)
                if end - start >= 3 * period:
                    return _Chain(start, period, end, extent)
        return None

    def behind(self, chain: _Chain, at: int) -> int:
        """Return the first place that is not settled by a chain which begins at another."""
        last = chain.end - 2 * chain.period + self._entry.anchor_at
        return max(at + 1, bisect.bisect_right(self.places, last))


def along(
    text: FoldedText,
    places: Sequence[int],
    entry: Entry,
    covered: Stretches,
    *,
    final: bool,
    every: bool,
) -> Iterator[Span]:
    """Yield the occurrences of an entry along dense places; see `Group.find`."""
    for starts in _overlapping(_Run(text.folded, places, entry), entry):
        end = starts[-1] + len(entry.folded)
        if entry.is_inside(covered, starts[0], end):
            continue
        together = not every and len(starts) > 1
        for pattern in entry.patterns:
            if together and not _stands_alone(pattern):
                found = _in_chain(text, starts, end, pattern, final=final)
            else:
                found = _one_by_one(text, starts, entry.folded, pattern, final=final)
            for first, last, span in found:
                yield span
                if not every and span.is_certain:
                    covered.add(first, last)


def _overlapping(run: _Run, entry: Entry) -> Iterator[range]:
    """Yield where an entry stands: those places together at which it overlaps with itself."""
    folded, at = entry.folded, 0
    while at < len(run.places):
        chain = run.chain(at)
        if chain is None:
            found = run.next(folded, at)
            if found is None:
                return
            start, there = found
            if there == at:
                yield range(start, start + 1)
                there += 1
            at = there
            continue
        if chain.extent >= len(folded):
            starts = chain.starts(chain.start, chain.end - len(folded))
        else:
            start = chain.end - chain.extent
            stands = start in chain.starts(chain.start, start) and run.is_whole(start)
            starts = range(start, start + stands)
        if starts:
            yield starts
        at = run.behind(chain, at)


_Found = tuple[int, int, Span]
"""Where something stands in the folded text, and its span."""


def _one_by_one(
    text: FoldedText, starts: Iterable[int], folded: bytes, pattern: Pattern, *, final: bool
) -> Iterator[_Found]:
    alone = Entry(folded, 0, (pattern,), padded=False, margin=None)
    for start in starts:
        for span in alone.occurrences(text, start, final=final):
            yield start, start + len(folded), span


def _in_chain(
    text: FoldedText, starts: range, end: int, pattern: Pattern, *, final: bool
) -> Iterator[_Found]:
    """Yield the occurrences in a chain of its places, those that overlap as one.

    What may stand between its characters is normalised once, in all of the chain.
    """
    size = end - starts[-1]
    read = pattern.normalisation.everywhere(
        text.data[text.origin(starts[0]) : text.origin(end - 1) + 1]
    )
    at, place = 0, starts[0]
    for first, last in _repeated(read, pattern.text, starts.step):
        place += len(fold(read[at:first]))
        at, behind = first, place + len(fold(read[first:last]))
        whole = pattern._replace(text=read[first:last])
        origin, origin_end = text.origin(place), text.origin(behind - 1) + 1
        span = occurrence(text.data, origin, origin_end, whole, final=final)
        if span is not None:
            yield place, behind, span
        else:
            standing = range(place, behind - size + 1, starts.step)
            folded = text.folded[place : place + size]
            yield from _one_by_one(text, standing, folded, pattern, final=final)


def _repeated(read: bytes, text: bytes, period: int) -> Iterator[tuple[int, int]]:
    """Yield from where to where a text stands in what was read, over and over.

    :param period: after how many bytes it repeats itself, those that folding drops not counted.
    """
    folded = FoldedText(text)
    sizes = range(period, min(len(folded.folded), (UNITS + 1) * period), period)
    units = (folded.origin(size) for size in sizes)
    unit = next((unit for unit in units if text.startswith(text[unit:])), 0)
    at = read.find(text)
    while at >= 0:
        end = at + len(text)
        if unit:
            end += (end_of_repetition(read, at, unit) - end) // unit * unit
        yield at, end
        at = read.find(text, end - len(text) + 1)


def _stands_alone(pattern: Pattern) -> bool:
    """Return whether what stands beside an occurrence matters, so that each is judged by itself."""
    text = pattern.text
    is_short = pattern.normalisation.cuts and len(text.decode("utf-8", "replace")) < SHOWN
    return pattern.words or is_short or text[0] in DROPPED or text[-1] in DROPPED


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
            yield from reading(text, starts, entry) if len(starts) > MANY else starts
        at = run.behind(chain, at)
