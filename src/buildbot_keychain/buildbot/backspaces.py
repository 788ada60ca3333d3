"""Text over which something else was typed, as terminals show it.

Buildbot makes a line end of each run of backspaces and leaves the letters that they erase, which
may stand in the middle of a secret. Where the text without those letters shows a secret, it goes on
without them; else as it is.
"""

from __future__ import annotations

import re

from buildbot_keychain.buildbot.process_log import every_master
from buildbot_keychain.redaction.structures import redact_or_withhold


class ErasingPattern:
    """Stands in for the pattern by which Buildbot finds line ends."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def sub(self, replacement: str, text: str) -> str:
        """Replace what the pattern finds in `text`, or in what a terminal would show of it."""
        if "\x08" in text:
            shown = _shown(text)
            if redact_or_withhold(every_master, shown) != shown:
                text = shown
        return self._pattern.sub(replacement, text)


def _shown(text: str) -> str:
    """Give `text` without the letters that backspaces erase, and without those backspaces."""
    pieces: list[str] = []
    for piece in re.split("(\x08+)", text):
        if not piece.startswith("\x08"):
            pieces.append(piece)
            continue
        count = len(piece)
        while count and pieces:
            last = pieces.pop()
            line = max(last.rfind("\n"), last.rfind("\r")) + 1  # a line's start stops backspaces
            kept = max(line, len(last) - count)
            count -= len(last) - kept
            if kept:
                pieces.append(last[:kept])
            if line:
                break
    return "".join(pieces)
