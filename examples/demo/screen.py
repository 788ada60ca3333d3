"""What the demo prints: headings, aligned tables with ticks, and colours on a terminal.

There is no colour if NO_COLOR is set (https://no-color.org) or TERM is ``dumb``, and there are no
ticks if the encoding of the terminal has none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TextIO

BOLD, DIM, RED, GREEN, CYAN = "1", "2", "31", "32", "36"
_LABEL = re.compile(r"<[a-z_]+>")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """Writes to `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colours = (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        try:
            "✓✗│".encode(stream.encoding or "ascii")
            self._good, self._bad, self._bar = "✓", "✗", "│"
        except UnicodeEncodeError:
            self._good, self._bad, self._bar = "+", "!", "|"

    def line(self, text: str = "") -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    def heading(self, text: str, remark: str = "") -> None:
        """Start a section."""
        self.line()
        self.line(self._in(BOLD, text) + (self._in(DIM, f"  {remark}") if remark else ""))

    def note(self, text: str) -> None:
        """Print a detail."""
        self.line("  " + self._in(DIM, text))

    def table(self, head: Sequence[str], rows: Sequence[tuple[bool, Sequence[object]]]) -> None:
        """Print rows, each with a tick or a cross; columns of numbers are aligned to the right."""
        cells = [[str(cell) for cell in row] for _, row in rows]
        numeric = [all(row[column][:1].isdigit() for row in cells) for column in range(len(head))]
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]

        def laid_out(row: Sequence[str]) -> str:
            return "   ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, numeric, strict=True)
            ).rstrip()

        if any(head):
            self.line("    " + self._in(DIM, laid_out(head)))
        for (good, _), row in zip(rows, cells, strict=True):
            text = laid_out(row)
            self.line(f"  {self._mark(good=good)} {text if good else self._in(RED, text)}")

    def quote(self, text: str) -> None:
        """Print a text with its labels highlighted."""
        for line in text.splitlines():
            shown = _LABEL.sub(self._marked, line) if self._colours else _COLOUR.sub("", line)
            self.line(f"  {self._in(DIM, self._bar)} {shown}")

    def verdict(self, text: str, *, good: bool) -> None:
        """Print a result."""
        self.line(f"{self._mark(good=good)} {self._in(f'{BOLD};{GREEN if good else RED}', text)}")

    def _mark(self, *, good: bool) -> str:
        return self._in(GREEN, self._good) if good else self._in(f"{BOLD};{RED}", self._bad)

    def _marked(self, match: re.Match[str]) -> str:
        return self._in(f"{BOLD};{CYAN}", match[0])

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text
