"""What a person at a terminal is told on standard error: messages, and how far the work is.

Messages are one line, in lower case and with no full stop. Progress is drawn only where standard
error is a terminal, on one line that the next message clears.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_INTERVAL = 0.2
_BAR = 24
_CLEAR = "\r\x1b[K"
_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


class Terminal:
    """Standard error, or what stands in for it.

    :param stream: where messages go; standard error by default.
    :param drawing: whether progress is drawn; by default, whether `stream` is a terminal.
    :param clock: gives seconds; only their differences count.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        drawing: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self.drawing = self._stream.isatty() if drawing is None else drawing
        self._clock = clock
        self._drawn = 0.0
        self._shown = False

    def say(self, message: str) -> None:
        """Print a message, one line."""
        self.clear()
        print(f"buildbot-keychain: {message}", file=self._stream, flush=True)

    def show(self, status: str) -> None:
        """Draw a status that the next one replaces, if the last one is old enough."""
        if not self.drawing:
            return
        now = self._clock()
        if self._shown and now - self._drawn < _INTERVAL:
            return
        self._drawn, self._shown = now, True
        self._stream.write(f"{_CLEAR}{status}")
        self._stream.flush()

    def bar(self, done: int, total: int, what: str) -> None:
        """Draw how much of `total` is done, and of what."""
        share = min(1.0, done / total) if total else 1.0
        filled = int(share * _BAR)
        self.show(f"[{'#' * filled}{'.' * (_BAR - filled)}] {share:4.0%} {what}")

    def clear(self) -> None:
        """Take the status off the terminal."""
        if self._shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._shown = False


def size(count: int) -> str:
    """Say a number of bytes as people do: ``12.3 MB``."""
    amount, unit = float(count), _UNITS[0]
    for unit in _UNITS:  # noqa: B007 - the unit that fits is used below
        if amount < _STEP:
            break
        amount /= _STEP
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
