"""Stretches of a text that are covered for certain; what is inside of one need not be looked at."""

from __future__ import annotations

import bisect
from collections import defaultdict

__all__ = ["Stretches"]

LONG = 12
"""Stretches of up to this power of two are short."""


class Stretches:
    """A growing set of stretches.

    The short ones are kept by the blocks of the text of which they take a part, of which there are
    two at most: what is inside of one is found in the block where it begins. So a new one is put
    among few others. The long ones, of which a text has few, are kept together.
    """

    def __init__(self, first: Stretches | None = None) -> None:
        """Begin without any, beside those that came `first`."""
        self._first = first
        self._blocks: defaultdict[int, _Run] = defaultdict(_Run)
        self._long = _Run()

    def hold(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them.

        Or a part or all of one that came first.
        """
        block = self._blocks.get(start >> LONG)
        return (
            (block is not None and block.holds(start, end))
            or self._long.holds(start, end)
            or (self._first is not None and self._first.cover(start, end))
        )

    def cover(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them, or all."""
        block = self._blocks.get(start >> LONG)
        return (block is not None and block.covers(start, end)) or self._long.covers(start, end)

    def add(self, start: int, end: int) -> None:
        """Add what is from `start` to before `end`."""
        if (end - start) >> LONG:
            self._long.insert(start, end)
        else:
            for block in {start >> LONG, (end - 1) >> LONG}:
                self._blocks[block].insert(start, end)


class _Run:
    """Stretches of which none is inside of another, in their order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        # Both ascend: of those that begin before a place, the last one ends last.

    def insert(self, start: int, end: int) -> None:
        """Put a stretch in its place, unless it is inside of another, and drop what is inside."""
        if self.covers(start, end):
            return
        first = bisect.bisect_left(self._starts, start)
        last = bisect.bisect_right(self._ends, end, first)
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def covers(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them, or all."""
        at = bisect.bisect_right(self._starts, start)
        return at > 0 and end <= self._ends[at - 1]

    def holds(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them."""
        at = bisect.bisect_right(self._starts, start) - 1
        if at < 0:
            return False
        last = self._ends[at]
        return end < last or (end == last and start > self._starts[at])
