"""Terminal control sequences, which a reader does not see.

`strip` takes them out of a text and remembers where they were. A sequence that the end of the text
leaves unfinished is kept apart: what follows decides whether it is one.

A text is looked at with its sequences too, for where a value stands directly behind an unfinished
one its first characters would be the end of it. Of a sequence that a value reaches into, all is
hidden: the rest would be part of what the reader sees, and end with a label.

Sources: ECMA-48 section 5.4 (CSI), 5.6 (OSC and other strings, here of up to `STRING` bytes of one
line, which BEL may end as in xterm), 5.5 and 8.3 (ESC and one letter), ECMA-35 section 13.2 (ESC
with intermediate bytes, such as selects a character set, and private ones like ``ESC 7``); SI and
SO; and the C1 controls, which are a character each in UTF-8, NEL excepted. ``<``, with which a
label begins, is not taken for part of one.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

__all__ = ["StrippedText", "has_controls", "strip", "visible", "visible_lines"]

STRING = 512
"""The longest string in a control sequence, in bytes."""

_PARAMETERS = rb"[0-;=-?]{0,64}[ -/]{0,4}"
_STRING = rb"[^\x00-\x1f\x7f<]{0,%d}" % STRING
_SEQUENCE = re.compile(
    rb"(?:\x1b\[|\xc2\x9b)" + _PARAMETERS + rb"[@-~]"
    rb"|\x1b[\]PX^_]" + _STRING + rb"(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]{0,4}[0-;=-OQ-WYZ\\`-~]"
    rb"|[\x0e\x0f]|\xc2[\x80-\x84\x86-\x9a\x9c-\x9f]"
)
_UNFINISHED = re.compile(
    rb"(?:(?:\x1b\[|\xc2\x9b)" + _PARAMETERS + rb"|\x1b[\]PX^_]" + _STRING + rb"\x1b?"
    rb"|\x1b[ -/]{0,4}|\xc2)\Z"
)
_LONGEST = STRING + 8
_C1 = re.compile(rb"\xc2(?:[\x80-\x84\x86-\x9f]|\Z)")


def has_controls(data: bytes) -> bool:
    """Return whether there may be control sequences in data (bytes), or the beginning of one."""
    if b"\x1b" in data or b"\x0e" in data or b"\x0f" in data:
        return True
    return b"\xc2" in data and _C1.search(data) is not None


@secretive
class StrippedText(NamedTuple):
    """What is seen of a text."""

    text: bytes
    """The text without its sequences."""

    size: int
    """How many bytes of the original have been looked at; an unfinished sequence has not."""

    seen: Sequence[int] = (0,)
    """Where in `text` each stretch between two sequences begins; some are empty."""

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

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return a stretch of the original, with all of each sequence of which it holds a part."""
        first, last = self._sequence(start), self._sequence(end)
        return min(start, first[0]), end if end <= last[0] else last[1]

    def _sequence(self, place: int) -> tuple[int, int]:
        """Return where the sequence begins and ends that comes next after the stretch of a place.

        Behind the last stretch there is none, and it is that of every place.
        """
        stretch = max(0, bisect.bisect_right(self.origin, place) - 1)
        if stretch + 1 == len(self.origin):
            return place, place
        size = self.seen[stretch + 1] - self.seen[stretch]
        return self.origin[stretch] + size, self.origin[stretch + 1]


def strip(data: bytes, settled: int = 0) -> StrippedText:
    """Strip data (bytes), of which what stands before `settled` has been stripped before."""
    if not has_controls(data):
        return StrippedText(data, len(data))
    unfinished = _UNFINISHED.search(data, max(settled, len(data) - _LONGEST))
    size = unfinished.start() if unfinished else len(data)
    pieces, seen, origin = [], [], []
    length = at = 0
    for match in _SEQUENCE.finditer(data, settled, size):
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
    if text.isascii() and "\x1b" not in text and "\x0e" not in text and "\x0f" not in text:
        return text
    data = text.encode("utf-8", "surrogatepass")
    return _SEQUENCE.sub(b"", data).decode("utf-8", "surrogatepass")
