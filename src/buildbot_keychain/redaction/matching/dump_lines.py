r"""Lines of dumps: an offset, the bytes as digits or characters, and often a column of text.

From ``xxd``, ``hexdump`` and ``od`` with their usual options, and busybox's::

    00000010: 2633 2d63 6f72 7265 6374 2d68 6f72 7365  &3-correct-horse
    00000010  26 33 2d 63 6f 72 72 65  63 74 2d 68 6f 72 73 65  |&3-correct-horse|
    0000020 031446 061455 071157 062562 072143 064055 071157 062563
    0000020   &   3   -   c   o   r   r   e   c   t   -  \n   o   r   s   e

Words of several bytes are those of a little-endian machine, except behind a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["FIRST", "LONGEST", "DumpLine", "dump_line", "may_be_dump_line", "may_hold_dump"]

FIRST = b"00000"
"""What the offset of the first line of a dump begins with."""

LONGEST = 512
"""The longest line, in bytes."""

_OFFSET = rb"[0-9A-Fa-f]{6,16}"
_PAIRS = re.compile(_OFFSET + rb": ((?:[0-9A-Fa-f]{2})+(?: (?:[0-9A-Fa-f]{2})+)*)(?: *\Z|  )")
_WORDS = re.compile(
    _OFFSET + rb" +([0-9A-Fa-f]{2,16}(?: +[0-9A-Fa-f]{2,16})*) *(?:\|(.*)\||>(.*)<)?\Z"
)
_CELL = (
    rb"   (?P<character>[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3})"
    rb"|  \\(?P<escape>[0abfnrtv])|  (?P<more>\*\*)| (?P<octal>[0-7]{3})"
)
_CELLS = re.compile(_OFFSET + rb"((?:" + re.sub(rb"\?P<\w+>", b"?:", _CELL) + rb")+) *\Z")
_FIRST_OFFSET = re.compile(rb"(?:\A|\n)00000[0-9A-Fa-f]{1,11}[: ]")
_UNFINISHED = re.compile(rb"[0-9A-Fa-f]{1,16}(?:[: ].*)?\Z", re.DOTALL)
_ESCAPES = dict(zip(b"0abfnrtv", b"\0\a\b\f\n\r\t\v", strict=True))
_PRINTED = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # noqa: PLR2004
_HEXADECIMAL = {2, 4, 8, 16}
_OCTAL = {3: 1, 6: 2}


class DumpLine(NamedTuple):
    """The bytes that a line shows, and where."""

    data: bytes
    places: Sequence[tuple[int, int]]
    """Where in the line each byte stands as digits, or as a character."""
    text: tuple[int, int]
    """Where the column of text begins and ends."""
    exact: bool
    """Whether each of its characters is surely that of one byte, and there are no brackets."""

    def covered(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield where the bytes from `first` to before `last` stand in the line."""
        places = self.places[first:last]
        yield min(start for start, _ in places), max(end for _, end in places)
        start, end = self.text
        if self.exact:
            start, end = start + first, start + last
        if start < end:
            yield start, end


def may_hold_dump(data: bytes) -> bool:
    """Return whether there may be a dump in whole lines (bytes)."""
    return _FIRST_OFFSET.search(data) is not None


def may_be_dump_line(line: bytes) -> bool:
    """Return whether this may be the beginning of such a line (bytes)."""
    return len(line) <= LONGEST and _UNFINISHED.match(line) is not None


def dump_line(line: bytes) -> DumpLine | None:
    """Return what a line (bytes, without its end) of a dump shows; None if it is another line."""
    line = line.removesuffix(b"\r")
    if len(line) > LONGEST:
        return None
    if match := _PAIRS.match(line):
        places = [(at, at + 2) for at in _digits(line, *match.span(1))]
        data = bytes.fromhex(match[1].decode("ascii"))
        shown = _with_text(line, data, places, (len(line) - len(data), len(line)))
        return shown if shown.exact else shown._replace(text=(match.end(1), len(line)))
    if match := _WORDS.match(line):
        words = _words(match[1], match.start(1))
        column = max(match.span(2), match.span(3), (0, 0))
        return words and _with_text(line, *words, column)
    if match := _CELLS.match(line):
        cells = list(_cells(line, *match.span(1)))
        places = [place for data, place in cells for _ in data]
        return DumpLine(b"".join(data for data, _ in cells), places, (0, 0), exact=False)
    return None


def _digits(line: bytes, start: int, end: int) -> Iterator[int]:
    """Yield where pairs of digits begin."""
    at = start
    while at < end:
        if line[at] == ord(" "):
            at += 1
        else:
            yield at
            at += 2


def _words(text: bytes, shift: int) -> tuple[bytes, list[tuple[int, int]]] | None:
    """Return the bytes of words of equal width, in their order in memory, and their places."""
    words = list(re.finditer(rb"[^ ]+", text))
    width = len(words[0][0])
    if any(len(word[0]) != width for word in words):
        return None
    data, places = bytearray(), []
    for word in words:
        start, end = word.start() + shift, word.end() + shift
        if width in _HEXADECIMAL:
            data += bytes.fromhex(word[0].decode("ascii"))[::-1]
            places += [(at, at + 2) for at in range(end - 2, start - 2, -2)]
        elif width in _OCTAL and re.fullmatch(b"[0-7]+", word[0]):
            number, size = int(word[0], 8), _OCTAL[width]
            if number >> 8 * size:
                return None
            data += number.to_bytes(size, "little")
            places += [(start, end)] * size
        else:
            return None
    return bytes(data), places


def _cells(line: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield what cells of four columns show, and where; ``**`` goes on with a character."""
    for cell in re.compile(_CELL).finditer(line, start, end):
        kind = cell.lastgroup or ""
        shown = cell[kind]
        if kind == "escape":
            shown = bytes((_ESCAPES[shown[0]],))
        elif kind == "octal":
            shown = bytes((int(shown, 8) & 0xFF,))
        elif kind == "more":
            shown = b""
        yield shown, (cell.start() + 1, cell.end())


def _with_text(
    line: bytes, data: bytes, places: Sequence[tuple[int, int]], column: tuple[int, int]
) -> DumpLine:
    text = line[slice(*column)]
    exact = text == data.translate(_PRINTED) and not (b"<" in text or b">" in text)
    return DumpLine(data, places, column, exact)
