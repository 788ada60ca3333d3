"""Stretches of a text that are covered for certain; what is inside of one need not be looked at."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

__all__ = ["Stretches"]

LONG = 12
"""Stretches of up to this power of two are short."""


class Stretches:
    """A growing set of stretches.

    The short ones are kept by the blocks of the text of which they take a part, of which there are
    two at most: what is inside of one is found in the block where it begins. The long ones come in
    order for each anchor that was found, and begin anew with the next. So they are kept in runs, of
    which there are few, as runs are merged that are not much longer than what came after them.
    """

    def __init__(self, first: Stretches | None = None) -> None:
        """Begin without any, beside those that came `first`."""
        self._first = first if first and (first._blocks or first._runs) else None  # noqa: SLF001
        self._blocks: dict[int, _Run] = {}
        self._runs: list[_Run] = []

    def hold(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them.

        Or a part or all of one that came first.
        """
        block = self._blocks.get(start >> LONG)
        if block is not None and block.holds(start, end):
            return True
        for run in self._runs:
            if run.holds(start, end):
                return True
        return self._first is not None and self._first.cover(start, end)

    def cover(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them, or all."""
        block = self._blocks.get(start >> LONG)
        if block is not None and block.covers(start, end):
            return True
        for run in self._runs:  # noqa: SIM110 - a generator would cost more than it all
            if run.covers(start, end):
                return True
        return False

    def add(self, start: int, end: int) -> None:
        """Add what is from `start` to before `end`."""
        if (end - start) >> LONG == 0:
            for block in {start >> LONG, (end - 1) >> LONG}:
                run = self._blocks.get(block)
                if run is None:
                    self._blocks[block] = _Run([start], [end])
                else:
                    run.insert(start, end)
        elif self.cover(start, end):
            return
        elif self._runs and self._runs[-1].follows(start, end):
            self._runs[-1].append(start, end)
        else:
            while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
                self._runs[-2:] = [_Run.of([*self._runs[-2], *self._runs[-1]])]
            self._runs.append(_Run([start], [end]))


class _Run:
    """Stretches of which none is inside of another, in their order."""

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self.starts = starts
        self.ends = ends
        """Both ascend."""

    @classmethod
    def of(cls, stretches: Iterable[tuple[int, int]]) -> _Run:
        """Return those of some stretches that are inside of no other."""
        run = cls([], [])
        for start, end in sorted(stretches, key=lambda each: (each[0], -each[1])):
            if not run.ends or end > run.ends[-1]:
                run.append(start, end)
        return run

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> zip[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)

    def follows(self, start: int, end: int) -> bool:
        """Return whether a stretch goes behind the last one."""
        return start > self.starts[-1] and end > self.ends[-1]

    def append(self, start: int, end: int) -> None:
        """Put a stretch behind the last one."""
        self.starts.append(start)
        self.ends.append(end)

    def insert(self, start: int, end: int) -> None:
        """Put a stretch in its place, unless it is inside of another, and drop what is inside."""
        first = bisect.bisect_right(self.starts, start)
        if first and end <= self.ends[first - 1]:
            return
        first -= first > 0 and self.starts[first - 1] == start
        last = bisect.bisect_right(self.ends, end, first)
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]

    def covers(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them, or all."""
        # Of those that begin there or before, the last one ends last.
        at = bisect.bisect_right(self.starts, start)
        return at > 0 and end <= self.ends[at - 1]

    def holds(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them."""
        at = bisect.bisect_right(self.starts, start) - 1
        if at < 0:
            return False
        last = self.ends[at]
        return end < last or (end == last and start > self.starts[at])
