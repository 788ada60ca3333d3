"""Writing text with its covered runs replaced by labels, one a line, whatever the cuts of the text.

The writer remembers between two writes whether the text so far ended inside a run, and whether the
line it ended on already shows the label of that run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .labels import Labels

__all__ = ["Run", "Writer", "unite"]

Run = tuple[int, int, int]
"""Start and end in bytes, and the index of the secret whose label is shown."""

_LINES = re.compile(rb"[\r\n]+|[^\r\n]+")


def unite(spans: Iterable[Run]) -> list[Run]:
    """Unite overlapping spans into runs, each of the secret of the leftmost, then longest span.

    Touching spans are one run if they are of one secret.
    """
    runs: list[Run] = []
    ordered = sorted([(start, -end, secret) for start, end, secret in spans])
    if not ordered:
        return runs
    first, back, owner = ordered[0]
    last = -back
    for start, back, secret in ordered:
        if start < last or (start == last and secret == owner):
            last = max(last, -back)
        else:
            runs.append((first, last, owner))
            first, last, owner = start, -back, secret
    runs.append((first, last, owner))
    return runs


class Writer:
    """The state of one output."""

    def __init__(self) -> None:
        """Begin at the start of a text."""
        self._run: int | None = None
        self._shown = False

    @property
    def idle(self) -> bool:
        """Whether the text so far does not end inside of a run or directly after one."""
        return self._run is None

    @property
    def state(self) -> tuple[int | None, bool]:
        """All on which depends what is written next."""
        return self._run, self._shown

    @state.setter
    def state(self, state: tuple[int | None, bool]) -> None:
        self._run, self._shown = state

    def write(
        self,
        data: bytes,
        at: int,
        size: int,
        runs: Iterable[Run],
        labels: Labels,
    ) -> bytes:
        """Write data[at:size] with the runs, sorted and disjoint, covered."""
        pieces: list[bytes] = []
        feed = back = -1
        for start, end, secret in runs:
            if start >= size:
                break
            if start > at:
                pieces.append(data[at:start])
                self._run = None
                at = start
            if secret != self._run:
                self._run, self._shown = secret, False
            stop = min(size, end)
            if feed < at:
                feed = _next(b"\n", data, at)
            if back < at:
                back = _next(b"\r", data, at)
            if feed < stop or back < stop:
                self._cover_lines(data[at:stop], labels[secret], pieces)
            elif not self._shown:
                pieces.append(labels[secret])
                self._shown = True
            at = stop
        if at < size:
            pieces.append(data[at:size])
            self._run = None
        return b"".join(pieces)

    def _cover_lines(self, covered: bytes, label: bytes, pieces: list[bytes]) -> None:
        """Line ends pass; the rest of each line is one label."""
        for match in _LINES.finditer(covered):
            if match[0][0] in b"\r\n":
                pieces.append(match[0])
                self._shown = False
            elif not self._shown:
                pieces.append(label)
                self._shown = True


def _next(byte: bytes, data: bytes, at: int) -> int:
    """Return where a byte next stands in data (bytes), or the size of the data."""
    found = data.find(byte, at)
    return found if found >= 0 else len(data)
