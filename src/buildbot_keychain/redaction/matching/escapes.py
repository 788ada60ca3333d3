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
from functools import cached_property
from itertools import islice
from typing import NamedTuple

__all__ = ["StrippedText", "has_controls", "strip", "visible", "without_sequences"]

STRING = 512
"""The longest string in a control sequence, in bytes."""

MANY = 32
"""From so many sequences on, those are taken out first that are alike."""

_PARAMETERS = rb"[0-;=-?]{0,64}[ -/]{0,4}"
_STRING = rb"[^\x00-\x1f\x7f<]{0,%d}" % STRING
_SEQUENCE = re.compile(
    # Each branch begins with a literal: so what is none is skipped over quickly.
    rb"\x1b\[" + _PARAMETERS + rb"[@-~]|\xc2\x9b" + _PARAMETERS + rb"[@-~]"
    rb"|\x1b[\]PX^_]" + _STRING + rb"(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]{0,4}[0-;=-OQ-WYZ\\`-~]"
    rb"|\x0e|\x0f|\xc2[\x80-\x84\x86-\x9a\x9c-\x9f]"
)
_UNFINISHED = re.compile(
    rb"(?:(?:\x1b\[|\xc2\x9b)" + _PARAMETERS + rb"|\x1b[\]PX^_]" + _STRING + rb"\x1b?"
    rb"|\x1b[ -/]{0,4}|\xc2)\Z"
)
_LONGEST = STRING + 8
_CSI = re.compile(rb"\x1b\[" + _PARAMETERS + rb"[@-~]")
_C1 = re.compile(rb"\xc2(?:[\x80-\x84\x86-\x9f]|\Z)")
# By its number a byte is found ten times as fast as in a text of one byte.
_ESC, _SO, _SI, _C1_LEAD = 0x1B, 0x0E, 0x0F, 0xC2


def has_controls(data: bytes) -> bool:
    """Return whether there may be control sequences in data (bytes), or the beginning of one."""
    if _ESC in data or _SO in data or _SI in data:
        return True
    return _C1_LEAD in data and _C1.search(data) is not None


class _Stretches(NamedTuple):
    """Where stretches between sequences begin, some of which are empty."""

    seen: Sequence[int]
    """Each in the text."""
    origin: Sequence[int]
    """Each in the original."""


class StrippedText:
    """What is seen of a text."""

    def __init__(self, data: bytes, settled: int, size: int) -> None:
        """Strip data[settled:size]; what stands before has been stripped, what follows waits."""
        self._data = data
        self._settled = settled
        self.size = size
        """How many bytes of the original have been looked at; an unfinished sequence has not."""
        self.text = data[:settled] + without_sequences(data[settled:size])
        """The text without its sequences."""

    @cached_property
    def _stretches(self) -> _Stretches:
        """The stretches between sequences."""
        seen, origin = [0], [0]
        for match in _SEQUENCE.finditer(self._data, self._settled, self.size):
            seen.append(seen[-1] + match.start() - origin[-1])
            origin.append(match.end())
        return _Stretches(seen, origin)

    def start(self, at: int) -> int:
        """Return where in the original the byte at `at` of the text stands; its size at the end."""
        if at >= len(self.text):
            return self.size
        seen, origin = self._stretches
        stretch = bisect.bisect_right(seen, at) - 1
        return origin[stretch] + at - seen[stretch]

    def end(self, at: int) -> int:
        """Return where in the original the text before `at` ends, sequences after it left out."""
        return self.start(at - 1) + 1 if at else 0

    def before(self, place: int) -> int:
        """Return how many bytes of the text stand before a place in the original."""
        if place >= self.size:
            return len(self.text)
        seen, origin = self._stretches
        stretch = max(0, bisect.bisect_right(origin, place) - 1)
        at = seen[stretch] + max(0, place - origin[stretch])
        return min(at, seen[stretch + 1] if stretch + 1 < len(seen) else len(self.text))

    def outside(self, place: int) -> int:
        """Return a place in the original, or where the sequences begin inside of which it is."""
        if place >= self.size:
            return self.size
        first, last = self._sequence(place)
        return first if first < place < last else place

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return a stretch of the original, with all of each sequence of which it holds a part."""
        first, last = self._sequence(start), self._sequence(end)
        return min(start, first[0]), end if end <= last[0] else last[1]

    def _sequence(self, place: int) -> tuple[int, int]:
        """Return where the sequence begins and ends that comes next after the stretch of a place.

        Behind the last stretch there is none, and it is that of every place.
        """
        seen, origin = self._stretches
        stretch = max(0, bisect.bisect_right(origin, place) - 1)
        if stretch + 1 == len(origin):
            return place, place
        size = seen[stretch + 1] - seen[stretch]
        return origin[stretch] + size, origin[stretch + 1]


def strip(data: bytes, settled: int = 0) -> StrippedText:
    """Strip data (bytes), of which what stands before `settled` has been stripped before."""
    unfinished = None
    if has_controls(data):
        unfinished = _UNFINISHED.search(data, max(settled, len(data) - _LONGEST))
    return StrippedText(data, settled, unfinished.start() if unfinished else len(data))


def without_sequences(data: bytes) -> bytes:
    """Return data (bytes), at the end of which no sequence is unfinished, without sequences."""
    if data.count(b"\x1b[") < MANY or b"\0" in data:
        return _SEQUENCE.sub(b"", data)
    # Most are alike. None of these begins inside of another, and NUL is part of none.
    for sequence in {match[0] for match in islice(_CSI.finditer(data), MANY)}:
        data = data.replace(sequence, b"\0")
    return _SEQUENCE.sub(b"", data).translate(None, b"\0")


def visible(text: str) -> str:
    """Return a text (str) without its sequences."""
    if text.isascii() and "\x1b" not in text and "\x0e" not in text and "\x0f" not in text:
        return text
    data = text.encode("utf-8", "surrogatepass")
    return without_sequences(data).decode("utf-8", "surrogatepass")
