"""Text over which a program typed other text, using backspaces.

Buildbot turns each run of backspaces into a line end and keeps the characters that they erase,
which may stand in the middle of a secret. Where the text as a terminal would show it contains a
secret, that text is stored; otherwise Buildbot's. Whoever prints the text sees which of the two it
is. So it is decided, as everything else, by what is hidden from the readers of that text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from buildbot_keychain.redaction.structures import Redacts, redact_or_withhold


class BackspacePattern:
    """Replaces the pattern with which Buildbot finds line ends.

    :param pattern: Buildbot's pattern.
    :param readers: returns who reads the text that is being split; ``None`` leaves it to Buildbot.
    """

    def __init__(self, pattern: re.Pattern[str], readers: Callable[[], Redacts | None]) -> None:
        self._pattern = pattern
        self._readers = readers

    def sub(self, replacement: str, text: str) -> str:
        """Return `text` with every line end that Buildbot's pattern finds replaced."""
        readers = self._readers() if "\x08" in text else None
        if readers is not None:
            displayed = _apply_backspaces(text)
            if redact_or_withhold(readers, displayed) != displayed:
                text = displayed
        return self._pattern.sub(replacement, text)


def _apply_backspaces(text: str) -> str:
    """Return `text` as a terminal displays it: without backspaces and what they erase."""
    kept: list[str] = []
    for run in re.split("(\x08+)", text):
        if not run.startswith("\x08"):
            kept.append(run)
            continue
        count = len(run)
        while count and kept:
            last = kept.pop()
            line_start = max(last.rfind("\n"), last.rfind("\r")) + 1  # backspaces stop there
            end = max(line_start, len(last) - count)
            count -= len(last) - end
            if end:
                kept.append(last[:end])
            if line_start:
                break
    return "".join(kept)
