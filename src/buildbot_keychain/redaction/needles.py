"""What is looked for, and the stretch of text an occurrence of it takes.

Positions are bytes of the text as a reader sees it: escape sequences have been taken out before.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .loose import Reading

__all__ = [
    "Beginning",
    "Beginnings",
    "Needle",
    "Span",
    "alphanumeric_before",
    "bounded",
    "each",
    "in_one_piece",
    "is_solid",
    "shown",
]

SHOWN = 4
"""A needle cut by the host is shown until this many characters of it have passed."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]?={0,2}")
_PIECE = re.compile(rb"[^\n\r\b]+")


@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to look for."""

    secret: int
    """The index of the secret it stands for."""

    text: bytes
    """What is looked for: the text as read by `reading`."""

    reading: Reading = Reading.EXACT
    words: bool = False
    """Whether a letter or digit beside an occurrence means that it is none."""

    before: bytes = b""
    """Characters of which one, directly before an occurrence, belongs to it."""

    after: bool = False
    """Whether a base64 character and padding directly after an occurrence belong to it."""


class Span(NamedTuple):
    """An occurrence: the bytes from start to end, of a secret."""

    start: int
    end: int
    secret: int
    words: bool
    """Whether a letter or digit beside it would undo it."""

    settled: bool
    """Whether more text cannot change it."""

    shown: int = 0
    """How many bytes before it are part of the occurrence as well, and are shown."""


Beginning = tuple[int, int, Needle]
"""Where the end of a text begins a needle, where what is to be masked of it begins, the needle."""


class Beginnings:
    """Needles by their texts, to ask which of them begin with something."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        """Sort the needles."""
        self.needles: dict[bytes, list[Needle]] = {}
        for needle in needles:
            self.needles.setdefault(needle.text, []).append(needle)
        self.texts = sorted(self.needles)

    def of(self, text: bytes) -> Iterator[Needle]:
        """Yield the needles of which a text (bytes) is a beginning, though not the whole."""
        at = bisect.bisect_right(self.texts, text)
        while at < len(self.texts) and self.texts[at].startswith(text):
            yield from self.needles[self.texts[at]]
            at += 1


def is_solid(needle: Needle) -> bool:
    """Whether an occurrence takes the very text of the needle, whatever stands beside it."""
    return not (needle.words or needle.before or needle.after)


def each(text: bytes, start: int, end: int, key: bytes) -> Iterator[tuple[int, int]]:
    """Yield every occurrence of a key in a stretch that the engine may have given for several."""
    while start >= 0:
        yield start, start + len(key)
        start = text.find(key, start + 1, end)


def bounded(text: bytes, start: int, end: int, needle: Needle, *, final: bool) -> Span | None:
    """The span of an occurrence with what belongs to it, or None if it is only part of a word."""
    settled = True
    if needle.words:
        if alphanumeric_before(text, start) or _alphanumeric_after(text, end):
            return None
        settled = final or _is_whole(text, end)
    if needle.before and start and text[start - 1] in needle.before:
        start -= 1
    if needle.after:
        match = _BASE64.match(text, end)
        end = match.end() if match else end
        settled = final or end < len(text)
    return Span(start, end, needle.secret, needle.words, settled)


def shown(text: bytes, start: int, end: int) -> int:
    """Where the masked part of a needle begins whose beginning the host may have cut off.

    Pieces are shown until `SHOWN` characters have passed; a piece at the end of the text that may
    still grow counts as long enough.
    """
    passed = 0
    for piece in _PIECE.finditer(text, start, end):
        passed += sum(byte & 0xC0 != 0x80 for byte in piece[0][: 4 * SHOWN])  # noqa: PLR2004 - UTF-8
        if passed >= SHOWN or piece.end() == len(text):
            return piece.start()
    return end


def in_one_piece(text: bytes) -> bool:
    """Whether there is nothing in a text (bytes) that a host may have put there."""
    return _PIECE.fullmatch(text) is not None


def alphanumeric_before(text: bytes, at: int) -> bool:
    """Whether a letter or digit stands directly before a place in a text (bytes)."""
    return text[max(0, at - 4) : at].decode("utf-8", "replace")[-1:].isalnum()


def _is_whole(text: bytes, at: int) -> bool:
    """Whether the character (UTF-8) at a place in a text is there, and not cut off by the end."""
    lead = text[at] if at < len(text) else 0xFF
    size = 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)  # noqa: PLR2004 - RFC 3629
    return at + size <= len(text)


def _alphanumeric_after(text: bytes, at: int) -> bool:
    return text[at : at + 4].decode("utf-8", "replace")[:1].isalnum()
