"""Very many entries with one anchor, where a text repeats itself for long.

Such a stretch is a *chain*. Trees of the entries would be asked at each of its places, and compare
much of the text each time. But of what begins in a chain, an entry that repeats itself alike for
its whole length stands at every place or at none, and any other only so far before the end of the
chain as it does so: that is one place for all entries that are alike so far.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .entry import Entry
from .normalisation import Normalisation
from .prefix_tree import common_prefix
from .reading import beginning
from .scanner import end_of_repetition

__all__ = ["Chain", "Repeating", "segments"]

UNITS = 4
"""So many times an anchor may stand in what repeats itself."""

HEAD = 64
"""So many bytes tell that a text does not repeat itself for long."""


class Chain(NamedTuple):
    """A stretch of a folded text that repeats itself."""

    start: int
    """Where the first anchor stands."""
    period: int
    end: int


def segments(
    text: bytes, places: Sequence[int], least: int
) -> Iterator[tuple[Sequence[int], Chain | None]]:
    """Yield the places of an anchor in parts: those of a chain with so many of them, and others.

    Those in the last period of a chain are among the others.
    """
    first = at = 0
    while at + least < len(places):
        chain = _chain(text, places, at)
        last = 0 if chain is None else bisect.bisect_right(places, chain.end - chain.period)
        if chain is None or last - at < least:
            at = max(at + 1, last)
            continue
        if first < at:
            yield places[first:at], None
        yield places[at:last], chain
        first = at = last
    if first < len(places):
        yield places[first:], None


def _chain(text: bytes, places: Sequence[int], at: int) -> Chain | None:
    """Return what repeats itself from a place on, if anything does."""
    start = places[at]
    for following in places[at + 1 : at + 1 + UNITS]:
        if text.startswith(text[following : following + HEAD], start):
            period = following - start
            return Chain(start, period, end_of_repetition(text, start, period))
    return None


@secretive
class Repeating:
    """The entries of an anchor, as they repeat themselves after so many bytes."""

    def __init__(self, entries: Sequence[Entry], period: int) -> None:
        """Take the entries with an anchor."""
        self.whole: list[Entry] = []
        """Those that do so for their whole length, or are not longer."""
        self._extents: set[tuple[int, int]] = set()
        alike: dict[tuple[int, int, bool, bytes, Normalisation], Entry] = {}
        for entry in entries:
            folded = entry.folded
            extent = min(len(folded), period + common_prefix(folded[period:], folded))
            if extent == len(folded):
                self.whole.append(entry)
            else:
                self._extents.add((extent, entry.anchor_at))
            for pattern in entry.patterns:
                read = beginning(pattern.text, extent)
                key = (entry.anchor_at, extent, entry.padded, read, pattern.normalisation)
                if key not in alike:
                    alike[key] = entry._replace(patterns=(pattern,))
        self.open = list(alike.values())
        """For all that are alike where the end of a text cuts them off, one of them."""

    def places(self, chain: Chain, places: Sequence[int], before: int) -> Iterator[int]:
        """Yield the places of a chain at which other entries may stand.

        :param before: how many bytes of an entry stand before its anchor, at most.
        """
        first = bisect.bisect_left(places, chain.start + before)
        yield from places[:first]
        ends = {chain.end - extent + anchor_at for extent, anchor_at in self._extents}
        for place in sorted(ends):
            at = bisect.bisect_left(places, place, first)
            if at < len(places) and places[at] == place:
                yield place
