"""Stretches of a text that are covered for certain; what is inside of one need not be looked at."""

from __future__ import annotations

import bisect

__all__ = ["Stretches"]


class Stretches:
    """A growing set of stretches, of which none is inside of another."""

    def __init__(self, first: Stretches | None = None) -> None:
        """Begin without any, beside those that came `first`."""
        self._first = first
        self._starts: list[int] = []
        self._ends: list[int] = []

    def hold(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them.

        Or a part or all of one that came first.
        """
        at = bisect.bisect_right(self._starts, start) - 1
        if at >= 0 and end <= self._ends[at] and (end, start) != (self._ends[at], self._starts[at]):
            return True
        return self._first is not None and self._first.cover(start, end)

    def add(self, start: int, end: int) -> None:
        """Add what is from `start` to before `end`."""
        if not self.cover(start, end):
            first = bisect.bisect_left(self._starts, start)
            last = bisect.bisect_right(self._ends, end)
            self._starts[first:last] = [start]
            self._ends[first:last] = [end]

    def cover(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them, or all."""
        at = bisect.bisect_right(self._starts, start) - 1
        return at >= 0 and end <= self._ends[at]
