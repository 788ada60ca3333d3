"""Writing text with its covered runs replaced by labels, one a line, whatever the cuts of the text.

The writer remembers between two writes whether the text so far ended inside a run, and whether the
line it ended on already shows the label of that run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["Run", "Writer", "unite"]

Run = tuple[int, int, int]
"""Start and end in bytes, and the index of the secret whose label is shown."""

_LINES = re.compile(rb"[\r\n]+|[^\r\n]+")


def unite(spans: Iterable[Run]) -> list[Run]:
    """Unite overlapping spans into runs, each of the secret of the leftmost, then longest span.

    Touching spans are one run if they are of one secret.
    """
    runs: list[Run] = []
    for start, end, secret in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        if runs:
            first, last, owner = runs[-1]
            if start < last or (start == last and secret == owner):
                runs[-1] = (first, max(last, end), owner)
                continue
        runs.append((start, end, secret))
    return runs


class Writer:
    """The state of one output."""

    def __init__(self) -> None:
        """Begin at the start of a text."""
        self._run: int | None = None
        self._shown = False
        self._indent = False

    @property
    def idle(self) -> bool:
        """Whether the text so far does not end inside or directly after a run."""
        return self._run is None

    def write(
        self,
        data: bytes,
        at: int,
        size: int,
        runs: Iterable[Run],
        labels: Sequence[bytes],
    ) -> bytes:
        """Write data[at:size] with the runs, sorted and disjoint, covered."""
        pieces: list[bytes] = []
        for start, end, secret in runs:
            if start >= size:
                break
            if start > at:
                pieces.append(data[at:start])
                self._run = None
            if secret != self._run:
                self._run, self._shown, self._indent = secret, False, False
            covered = data[max(start, at) : min(end, size)]
            at = min(end, size)
            if self._indent or b"\n" in covered or b"\r" in covered:
                self._cover_lines(covered, labels[secret], pieces)
            elif not self._shown:
                pieces.append(labels[secret])
                self._shown = True
        if at < size:
            pieces.append(data[at:size])
            self._run = None
        return b"".join(pieces)

    def _cover_lines(self, covered: bytes, label: bytes, pieces: list[bytes]) -> None:
        """Line ends pass, and so does the white space after them; the rest of a line is a label."""
        for match in _LINES.finditer(covered):
            line = match[0]
            if line[0] in b"\r\n":
                pieces.append(line)
                self._shown, self._indent = False, True
                continue
            if self._indent:
                text = line.lstrip()
                pieces.append(line[: len(line) - len(text)])
                line = text
            if line:
                self._indent = False
                if not self._shown:
                    pieces.append(label)
                    self._shown = True
