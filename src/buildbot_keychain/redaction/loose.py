"""Matching through what may stand between the characters of a secret.

A key printed by an unquoted shell variable has blanks for line ends; base64 comes in lines of 76
characters; a host that rewrites carriage returns leaves line ends inside a password; `%2F` is `%2f`
as well. For each such liberty there is a *reading*: a function from bytes to bytes that takes the
liberty away. A needle occurs where the reading of the text equals the reading of the needle.

Reading every stretch of a text would be slow, so candidates come from one cheap view of the whole
text, `Squeezed`: white space and backspaces left out, ASCII letters in lower case. Two texts with
the same reading have the same squeezed form, so the view misses nothing, and every candidate is
then read and compared.

Every reading obeys one law, on which holding back relies: the reading of the beginning of an
occurrence is the beginning of the reading of the needle.
"""

from __future__ import annotations

import bisect
import enum
import itertools
import re
from collections.abc import Callable

__all__ = ["BLANKS", "Reading", "Squeezed", "squeeze"]

GAP = 64
"""The longest run of white space, in characters, that a line end of a value may match."""

CUTS = 4
"""The longest run of line ends, in characters, that may have been put inside a secret."""

BLANKS = b" \t\n\r\v\f"
"""White space, which the squeezed view leaves out."""

_DROPPED = BLANKS + b"\b"
_LOWER = bytes(range(256)).lower()
_KEPT = bytes(byte not in _DROPPED for byte in range(256))
_GAPS = re.compile(rb"[ \t\n\r\v\f]+")
_GAPS_AND_CUTS = re.compile(rb"[ \t\n\r\v\f\b]+")
_CUTS = re.compile(rb"[\n\r\b]+")
_LINES = re.compile(rb"[\r\n][ \t\r\n]*")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{0,2}")


def _collapse(data: bytes) -> bytes:
    """Each run of white space is one blank."""
    return _GAPS.sub(lambda run: b" " if len(run[0]) <= GAP else run[0], data)


def _unwrap(data: bytes) -> bytes:
    """Line ends, and the indentation after them, are not there."""
    return _LINES.sub(lambda run: b"" if len(run[0]) <= GAP else run[0], data)


def _fold(data: bytes) -> bytes:
    """The hexadecimal digits of percent-encoding are in upper case."""
    return _PERCENT.sub(lambda escape: escape[0].upper(), data)


def _join(data: bytes) -> bytes:
    """Line ends and backspaces that a host put there are not there."""
    return _CUTS.sub(lambda run: b"" if len(run[0]) <= CUTS else run[0], data)


def _join_fold(data: bytes) -> bytes:
    return _fold(_join(data))


def _join_collapse(data: bytes) -> bytes:
    """No white space at all, since a cut may stand anywhere and a gap may have become one."""
    return _GAPS_AND_CUTS.sub(lambda run: b"" if len(run[0]) <= GAP else run[0], data)


class Reading(enum.Enum):
    """The liberties a needle allows."""

    EXACT = "exact"
    COLLAPSED = "collapsed"
    UNWRAPPED = "unwrapped"
    FOLDED = "folded"
    JOINED = "joined"
    JOINED_FOLDED = "joined and folded"
    JOINED_COLLAPSED = "joined and collapsed"

    def __call__(self, data: bytes) -> bytes:
        """Read data (bytes): what is left when the liberty is taken away."""
        return _FUNCTIONS[self](data)

    @property
    def cuts(self) -> bool:
        """Whether the host may have cut the text, so that little pieces are let through."""
        return self in _CUT

    def longest(self, text: bytes) -> int:
        """How many bytes may be read as a text (bytes), at most."""
        if self in {Reading.EXACT, Reading.FOLDED}:
            return len(text)
        if self is Reading.COLLAPSED:
            return len(text) + GAP * text.count(b" ")
        cuts = CUTS if self in {Reading.JOINED, Reading.JOINED_FOLDED} else GAP
        return len(text) * (1 + cuts)

    def through_cuts(self) -> Reading:
        """The same reading of a text into which a host put line ends."""
        return _THROUGH_CUTS.get(self, self)


_FUNCTIONS: dict[Reading, Callable[[bytes], bytes]] = {
    Reading.EXACT: lambda data: data,
    Reading.COLLAPSED: _collapse,
    Reading.UNWRAPPED: _unwrap,
    Reading.FOLDED: _fold,
    Reading.JOINED: _join,
    Reading.JOINED_FOLDED: _join_fold,
    Reading.JOINED_COLLAPSED: _join_collapse,
}
_CUT = frozenset(
    {Reading.UNWRAPPED, Reading.JOINED, Reading.JOINED_FOLDED, Reading.JOINED_COLLAPSED},
)
_THROUGH_CUTS = {
    Reading.EXACT: Reading.JOINED,
    Reading.FOLDED: Reading.JOINED_FOLDED,
    Reading.COLLAPSED: Reading.JOINED_COLLAPSED,
}


def squeeze(data: bytes) -> bytes:
    """The view in which candidates are sought."""
    return data.translate(_LOWER, _DROPPED)


class Squeezed:
    """The squeezed form of a text, and the way back to the text."""

    BLOCK = 256
    NEAR = 8

    def __init__(self, data: bytes) -> None:
        """Take data (bytes); nothing is built before somebody asks for it."""
        self.data = data
        self._text: bytes | None = None
        self._starts: list[int] = []
        self._block = -1
        self._inside: list[int] = []

    @property
    def text(self) -> bytes:
        """The squeezed form."""
        if self._text is None:
            self._text = squeeze(self.data)
        return self._text

    def origin(self, index: int) -> int:
        """Where in the data the character at `index` of the squeezed text stands."""
        if len(self.text) - index <= self.NEAR:
            return self._from_end(len(self.text) - index)
        if not self._starts:
            total = 0
            for start in range(0, len(self.data), self.BLOCK):
                self._starts.append(total)
                total += len(self.data[start : start + self.BLOCK].translate(None, _DROPPED))
        block = bisect.bisect_right(self._starts, index) - 1
        if block != self._block:
            start = block * self.BLOCK
            piece = self.data[start : start + self.BLOCK]
            places = range(start, start + len(piece))
            self._inside = list(itertools.compress(places, piece.translate(_KEPT)))
            self._block = block
        return self._inside[index - self._starts[block]]

    def _from_end(self, left: int) -> int:
        at = len(self.data)
        while left:
            at -= 1
            left -= self.data[at] not in _DROPPED
        return at
