"""Terminal control sequences, which a reader does not see.

`strip` takes them out of a text and remembers where they were. A sequence that the end of the text
leaves unfinished is kept apart: what follows decides whether it is one.

A text is looked at with its sequences too, for where a value stands directly behind an unfinished
one its first characters would be the end of it.

Source: ECMA-48 section 5.4 (CSI), section 9 (ESC with an intermediate byte selects a character
set). The private parameter byte ``<``, with which a label begins, is not taken for part of one.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["StrippedText", "strip", "visible", "visible_lines"]

_SEQUENCE = re.compile(rb"\x1b(?:\[[0-;=-?]{0,64}[ -/]{0,4}[@-~]|[()][0-9A-Za-z])")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-;=-?]{0,64}[ -/]{0,4}|[()]?)\Z")


class StrippedText(NamedTuple):
    """What is seen of a text."""

    text: bytes
    """The text without its sequences."""

    size: int
    """How many bytes of the original have been looked at; an unfinished sequence has not."""

    seen: Sequence[int] = (0,)
    """Where in `text` each stretch between two sequences begins."""

    origin: Sequence[int] = (0,)
    """Where in the original the same stretches begin."""

    def start(self, at: int) -> int:
        """Return where in the original the byte at `at` of the text stands; its size at the end."""
        if at >= len(self.text):
            return self.size
        stretch = bisect.bisect_right(self.seen, at) - 1
        return self.origin[stretch] + at - self.seen[stretch]

    def end(self, at: int) -> int:
        """Return where in the original the text before `at` ends, sequences after it left out."""
        return self.start(at - 1) + 1 if at else 0

    def before(self, place: int) -> int:
        """Return how many bytes of the text stand before a place in the original."""
        stretch = max(0, bisect.bisect_right(self.origin, place) - 1)
        at = self.seen[stretch] + max(0, place - self.origin[stretch])
        return min(at, self.seen[stretch + 1] if stretch + 1 < len(self.seen) else len(self.text))

    def outside(self, place: int) -> int:
        """Return a place in the original, or where the sequences begin inside of which it is."""
        at = self.before(place)
        return place if self.start(at) == place else self.end(at)


def strip(data: bytes, settled: int = 0) -> StrippedText:
    """Strip data (bytes), of which what stands before `settled` has been stripped before."""
    if b"\x1b" not in data:
        return StrippedText(data, len(data))
    unfinished = _UNFINISHED.search(data, max(settled, len(data) - 70))
    size = unfinished.start() if unfinished else len(data)
    pieces, seen, origin = [], [], []
    length = at = 0
    for match in _SEQUENCE.finditer(data, settled, size):
        if match.start() > at:
            pieces.append(data[at : match.start()])
            seen.append(length)
            origin.append(at)
            length += match.start() - at
        at = match.end()
    pieces.append(data[at:size])
    seen.append(length)
    origin.append(at)
    return StrippedText(b"".join(pieces), size, seen, origin)


def visible_lines(data: bytes) -> bytes:
    """Return whole lines (bytes), behind which no sequence is unfinished, without sequences."""
    return _SEQUENCE.sub(b"", data)


def visible(text: str) -> str:
    """Return a text (str) without its sequences."""
    return re.sub(_SEQUENCE.pattern.decode("ascii"), "", text) if "\x1b" in text else text
