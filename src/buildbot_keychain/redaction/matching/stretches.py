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
            at = bisect.bisect_right(run.starts, start) - 1
            if at >= 0 and end <= run.ends[at] and (end < run.ends[at] or start > run.starts[at]):
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
            # Of those that begin there or before, the last one ends last.
            at = bisect.bisect_right(run.starts, start) - 1
            if at >= 0 and end <= run.ends[at]:
                return True
        return False


class _Run:
    """Stretches of which none is inside of another, in their order."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        """Both ascend."""

    @classmethod
    def of(cls, stretches: Iterable[tuple[int, int]]) -> _Run:
        """Return those of some stretches that are inside of no other."""
        run = cls()
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
