"""`Terminal`: messages and progress on standard error.

A message is one line, in lower case and without a full stop. Whatever names are in it, and whoever
chose them, they do nothing to the terminal. Progress is drawn only if standard error is a terminal,
on one status line that the next message clears. If standard error is closed or full, messages are
lost and the command goes on. No message is coloured.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable
from typing import TextIO

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._text import printable

_INTERVAL = 0.2
"""Seconds between two updates of the status line."""

_BAR_WIDTH = 24
_CLEAR = "\r\x1b[K"
_UNITS = ("B", "kB", "MB", "GB", "TB")
_UNIT_STEP = 1000


def add_arguments(parser: argparse.ArgumentParser, *, results: bool = True) -> None:
    """Add the options that say what a command prints.

    :param results: whether it prints anything but messages.
    """
    group = parser.add_argument_group("what to print")
    if results:
        group.add_argument(
            "--json", action="store_true", help="print results as JSON, one object on each line"
        )
    group.add_argument(
        "--quiet", "-q", action="store_true", help="print results and errors, and nothing else"
    )


class Terminal:
    """Standard error, or a stream in its place.

    :param stream: where messages go; by default standard error.
    :param show_status: whether to draw progress; by default, if `stream` is a terminal.
    :param quiet: whether messages and progress are left out.
    :param clock: returns the time in seconds, from any starting point.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        show_status: bool | None = None,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream: TextIO = stream or sys.stderr or io.StringIO()
        is_shown = self._stream.isatty() if show_status is None else show_status
        self._show_status = is_shown and not quiet
        self._quiet = quiet
        self._clock = clock
        self._updated = 0.0
        self._has_status = False

    def message(self, text: str) -> None:
        """Print a message, unless nobody wants any."""
        if not self._quiet:
            self.result(f"buildbot-keychain: {printable(text)}")

    def result(self, line: str) -> None:
        """Print a line in any case."""
        self.clear_status()
        self._write(f"{line}\n")

    def status(self, text: str) -> None:
        """Replace the status line, unless it was replaced a moment ago."""
        if not self._show_status:
            return
        now = self._clock()
        if self._has_status and now - self._updated < _INTERVAL:
            return
        self._updated, self._has_status = now, True
        self._write(f"{_CLEAR}{printable(text)}")

    def progress_bar(self, done: int, total: int, label: str) -> None:
        """Draw as the status line how much of `total` is done."""
        share = min(1.0, done / total) if total else 1.0
        filled = int(share * _BAR_WIDTH)
        self.status(f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {share:4.0%} {label}")

    def clear_status(self) -> None:
        """Remove the status line."""
        if self._has_status:
            self._write(_CLEAR)
            self._has_status = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            _standard_streams.abandon(self._stream)


def format_size(count: int) -> str:
    """Return a number of bytes with a decimal unit: ``12.3 MB``."""
    amount, unit = float(count), _UNITS[0]
    for unit in _UNITS:  # noqa: B007 - the unit that fits is used below
        if amount < _UNIT_STEP:
            break
        amount /= _UNIT_STEP
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
