"""One way to look at a text: as it is, or without its control sequences; and its folded form.

Patterns are looked for in views. Places in the text itself are called places; a position is a
place in a view's text.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress
from typing import Any, NamedTuple

from buildbot_keychain.secretive import secretive

from .ellipses import Ellipses, ellipses_in, together
from .escapes import StrippedText, has_controls, strip
from .normalisation import DROPPED, fold
from .pattern import Span
from .scanner import Hits, Places

__all__ = ["FoldedText", "ScannedLines", "View", "covers", "views_of"]


OFTEN = 32
"""So often a block is asked about before all places in it are listed."""

LANDMARK = 64
"""So many bytes of a text are looked up in its folded form."""

WIDEST = 8192
"""It is quicker to count than to look them up in more bytes than these."""

NEAR = 12
"""It is quicker to look at so many bytes one by one."""

_KEEPS = bytes(byte not in DROPPED for byte in range(256))


@secretive
class FoldedText:
    """The folded form of a text, and the way back to the text."""

    BLOCK = 4096

    def __init__(
        self,
        data: bytes,
        folded: bytes | None = None,
        *,
        released: int = 0,
        hits: Mapping[object, Hits] | None = None,
    ) -> None:
        """Take data (bytes) and its folded form, if that is known.

        What ends in the first `released` bytes is not looked for.

        :param hits: by what says whether there may be words: what it has found, if that is known.
        """
        self.data = data
        self.released = released and len(fold(data[:released]))
        """How many bytes of the folded form these are."""
        self.folded = fold(data) if folded is None else folded
        self.hits: Mapping[object, Hits] = hits or {}
        """By what says whether there may be words: what it has found in the folded text."""
        self.places: dict[object, Places] = {}
        """By finder: where anchors of it stand in the folded text."""
        self.compiled: dict[object, dict[int, Any]] = {}
        """By index: what is compiled of the units of which the folded text holds a word."""
        self._is_data = len(self.folded) == len(data)
        # How many bytes are kept before the place from which is counted, and the place. And how
        # many before the start of each block from there on, and, less than nothing so that they
        # ascend, before that of each back from there.
        self._first = 0, 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._asked: dict[int, int] = {}
        self._origins: dict[int, Sequence[int]] = {}

    @cached_property
    def ellipses(self) -> Ellipses:
        """Where the ellipses in the data are, and those beside which no piece can be, together."""
        return together(ellipses_in(self.data))

    def origin(self, index: int) -> int:
        """Return where in the data the byte at `index` of the folded text stands."""
        if self._is_data:
            return index
        if index >= len(self.folded):
            return len(self.data)
        before, start = self._near(index)
        origins = self._origins.get(start)
        if origins is None:
            asked = self._asked[start] = self._asked.get(start, 0) + 1
            place = self._kept(start, index - before) if asked < OFTEN else -1
            if place >= 0:
                return place
            block = self.data[start : start + self.BLOCK]
            origins = array(
                "I", compress(range(start, start + len(block)), block.translate(_KEEPS))
            )
            self._origins[start] = origins
        return origins[index - before]

    def _near(self, index: int) -> tuple[int, int]:
        """Return how many bytes are kept before a place, and the place, not far before `index`."""
        if not self._starts:
            self._first = self._landmark(index)
            self._starts, self._ends = [self._first[0]], [-self._first[0]]
        before, first = self._first
        if index < before:
            while -index > self._ends[-1]:
                start = first - len(self._ends) * self.BLOCK
                self._ends.append(self._ends[-1] + self._count(start) if start > 0 else 0)
            block = bisect.bisect_left(self._ends, -index)
            return -self._ends[block], max(0, first - block * self.BLOCK)
        while index >= self._starts[-1]:
            start = first + (len(self._starts) - 1) * self.BLOCK
            self._starts.append(self._starts[-1] + self._count(start))
        block = bisect.bisect_right(self._starts, index) - 1
        return self._starts[block], first + block * self.BLOCK

    def _landmark(self, index: int) -> tuple[int, int]:
        """Return the same of a place from which to count.

        One near the index, if the text there is not repeated nearby; else the nearer end.
        """
        size, dropped = len(self.data), len(self.data) - len(self.folded)
        place = index * size // len(self.folded)
        near = fold(self.data[place : place + LANDMARK])
        low, high = max(0, place - dropped), min(place, len(self.folded)) + len(near)
        before = self.folded.find(near, low, high) if near and high - low < WIDEST else -1
        if before >= 0 and before == self.folded.rfind(near, low, high):
            return before, place
        return (0, 0) if 2 * index < len(self.folded) else (len(self.folded), size)

    def _count(self, start: int) -> int:
        """Return how many bytes are kept of the block that starts there."""
        return len(self.data[start : start + self.BLOCK].translate(None, DROPPED))

    def _kept(self, start: int, number: int) -> int:
        """Return where in a block of the data the byte stands behind so many that are kept.

        -1 if many are not kept there.
        """
        data = self.data
        while number > NEAR:
            kept = len(data[start : start + number].translate(None, DROPPED))
            if 2 * kept < number:
                return -1
            start += number
            number -= kept
        for place in range(start, min(start + 4 * NEAR, len(data))):
            if data[place] not in DROPPED:
                if not number:
                    return place
                number -= 1
        return -1


@secretive
class ScannedLines(NamedTuple):
    """Lines that have been folded and scanned, behind some context."""

    folded: bytes
    context: int
    """How many folded bytes of it there are."""
    hits: Mapping[object, Hits]
    """By what says whether there may be words: what it has found."""

    def text(self, data: bytes, released: int) -> FoldedText:
        """Return the same lines as a text, with more of the context, which was released."""
        before = fold(data[:released])
        by = len(before) - self.context
        folded = before[:by] + self.folded if by >= 0 else before + self.folded[self.context :]
        hits = {
            each: [(start + by, end + by, word) for start, end, word in found]
            for each, found in self.hits.items()
        }
        return FoldedText(data, folded, released=released, hits=hits)


@secretive
class View(NamedTuple):
    """A text to look for patterns in, behind `released` bytes of context."""

    text: FoldedText
    released: int
    stripped: StrippedText | None = None
    """How the text was made, if it is not the text itself."""
    shift: int = 0
    """What is added to a place in the text that was stripped to get one in the text itself."""

    def place(self, position: int) -> int:
        """Return the place of a position."""
        return position if self.stripped is None else self.stripped.start(position) + self.shift

    def place_after(self, position: int) -> int:
        """Return the place where what stands before a position ends."""
        return position if self.stripped is None else self.stripped.end(position) + self.shift

    def outside(self, place: int) -> int:
        """Return a place, or where the control sequences begin inside of which it is."""
        if self.stripped is None:
            return place
        return self.stripped.outside(place - self.shift) + self.shift

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return a stretch between places, with all of each sequence of which it holds a part."""
        if self.stripped is None:
            return start, end
        first, last = self.stripped.around(start - self.shift, end - self.shift)
        return first + self.shift, last + self.shift

    def context(self, place: int, size: int) -> bytes:
        """Return up to `size` bytes of what is seen just before a place."""
        at = place if self.stripped is None else self.stripped.before(place - self.shift)
        return self.text.data[max(0, at - size) : at]


def views_of(
    text: bytes,
    released: int = 0,
    *,
    stripped_context: bytes | None = None,
    through_escapes: bool = True,
) -> list[View]:
    """Return the ways to look at a text (bytes), the text itself last.

    Of the text, the first `released` bytes were released before; without control sequences, these
    are the `stripped_context` (by default the same).
    """
    itself = View(FoldedText(text, released=released), released)
    if not through_escapes:
        return [itself]
    context = text[:released]
    seen = context if stripped_context is None else stripped_context
    if seen == context and not has_controls(text):
        return [itself]
    stripped = strip(seen + text[released:], len(seen))
    shift = released - len(seen)
    visible = FoldedText(stripped.text, released=len(seen))
    return [View(visible, len(seen), stripped, shift), itself]


def covers(
    views: Sequence[View], spans: Sequence[Sequence[Span]]
) -> Iterator[tuple[int, int, int]]:
    """Yield what the spans that were found in each view cover: two places, and the secret."""
    for view, found in zip(views, spans, strict=True):
        if len(views) == 1:
            yield from ((span.start, span.end, span.secret) for span in found)
            return
        for span in found:
            start, end = views[0].around(view.place(span.start), view.place_after(span.end))
            yield start, end, span.secret
