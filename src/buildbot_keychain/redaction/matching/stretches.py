"""Stretches of a text that are covered for certain; what is inside of one need not be looked at."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

__all__ = ["Stretches"]


class Stretches:
    """A growing set of stretches.

    They come in order for each anchor that was found, and begin anew with the next. So they are
    kept in runs, in each of which starts and ends ascend. There are few, as runs are merged that
    are not much longer than what came after them.
    """

    def __init__(self, first: Stretches | None = None) -> None:
        """Begin without any, beside those that came `first`."""
        self._first = first
        self._runs: list[_Run] = []

    def hold(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them.

        Or a part or all of one that came first.
        """
        for run in self._runs:
            last = run.last_from(start)
            if last is not None and end <= last[1] and last != (start, end):
                return True
        return self._first is not None and self._first.cover(start, end)

    def add(self, start: int, end: int) -> None:
        """Add what is from `start` to before `end`."""
        if self.cover(start, end):
            return
        if self._runs and self._runs[-1].follows(start, end):
            self._runs[-1].append(start, end)
            return
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            self._runs[-2:] = [_Run.of([*self._runs[-2], *self._runs[-1]])]
        self._runs.append(_Run.of([(start, end)]))

    def cover(self, start: int, end: int) -> bool:
        """Return whether what is from `start` to before `end` is a part of one of them, or all."""
        for run in self._runs:
            last = run.last_from(start)
            if last is not None and end <= last[1]:
                return True
        return False


class _Run:
    """Stretches of which none is inside of another, in their order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    @classmethod
    def of(cls, stretches: Iterable[tuple[int, int]]) -> _Run:
        """Return those of some stretches that are inside of no other."""
        run = cls()
        for start, end in sorted(stretches, key=lambda each: (each[0], -each[1])):
            if not run._ends or end > run._ends[-1]:
                run.append(start, end)
        return run

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> zip[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def follows(self, start: int, end: int) -> bool:
        """Return whether a stretch goes behind the last one."""
        return start > self._starts[-1] and end > self._ends[-1]

    def append(self, start: int, end: int) -> None:
        """Put a stretch behind the last one."""
        self._starts.append(start)
        self._ends.append(end)

    def last_from(self, start: int) -> tuple[int, int] | None:
        """Return the one that ends last of those that begin at `start` or before, if any."""
        at = bisect.bisect_right(self._starts, start) - 1
        return None if at < 0 else (self._starts[at], self._ends[at])
