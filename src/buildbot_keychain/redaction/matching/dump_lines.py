r"""Lines of dumps: an offset, the bytes as digits or characters, and often a column of text.

From ``xxd``, ``hexdump`` and ``od`` with their usual options, busybox's, ``strace -e read=3``, and
``curl --trace`` and ``--trace-ascii``::

    00000010: 2633 2d63 6f72 7265 6374 2d68 6f72 7365  &3-correct-horse
    00000010  26 33 2d 63 6f 72 72 65  63 74 2d 68 6f 72 73 65  |&3-correct-horse|
    0000020 031446 061455 071157 062562 072143 064055 071157 062563
    0000020   &   3   -   c   o   r   r   e   c   t   -  \n   o   r   s   e
    0000020   38   51   45  -61  -92  114  114  101   99  116   45  104  111  114  115  101
     | 00010  26 33 2d 63 6f 72 72 65  63 74 2d 68 6f 72 73 65  &3-correct-horse |
    0010: 26 33 2d 63 6f 72 72 65 63 74 2d 68 6f 72 73 65 &3-correct-horse
    0010: &3-correct-horse

Words of several bytes are those of a little-endian machine, except behind a colon; there the text
shows them (``xxd -e``). A line that is ``*`` stands for lines that repeat the one before it. Before
a line may stand what others put there, a number, a time, a tag in brackets, marks and blanks, and
behind it what ends a cell of a table::

    #6 0.123 00000010: 2633 2d63 6f72 7265 6374 2d68 6f72 7365  &3-correct-horse
     0000020 031446 061455 071157 062562 072143 064055 071157 062563+
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .dump_offsets import REPEATED, offset

__all__ = [
    "BEGINNING",
    "LONGEST",
    "MARKS",
    "PRINTED",
    "UNFINISHED_BEGINNING",
    "DumpLine",
    "dump_line",
    "is_marked",
    "marked_lines",
    "may_be_dump_line",
    "may_hold_dump",
    "repeated_lines",
]

MARKS = (b"00000", b"0000:")
"""One of them stands in a text that holds the first line of a dump."""

_MARK = re.compile(rb"0000[0:]")

_TAG = rb"\[[^\[\]\r\n]{0,40}"
_BEFORE = rb"(?:[-0-9 \t#+>*|:.,TZ()]|%s\])" % _TAG
# In a word or a fraction no offset begins.
_EDGE = rb"(?<![0-9A-Fa-f.,])"

BEGINNING = re.compile(rb"%s{0,48}?%s(?:00000|0000: )" % (_BEFORE, _EDGE))
"""The expression for what the first line of a dump begins with."""

UNFINISHED_BEGINNING = re.compile(rb"(?:%s{1,48}(?:%s)?|%s)\Z" % (_BEFORE, _TAG, _TAG))
"""The expression for a part of that at the end of a text."""

LONGEST = 512
"""The longest line, in bytes."""

PRINTED = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # noqa: PLR2004
"""The table for `bytes.translate` of the column of text: a dot for what is not printed there."""

_OFFSET = rb"[0-9A-Fa-f]{6,16}"
_PAIRS = re.compile(_OFFSET + rb": ((?:[0-9A-Fa-f]{2})+(?: (?:[0-9A-Fa-f]{2})+)*)(?: *\Z|  )")
_PAIR = re.compile(rb"[0-9A-Fa-f]{2}")
_WORD = re.compile(rb"[^ ]+")
_COLON = re.compile(_OFFSET + rb":  ")
_WORDS = re.compile(
    _OFFSET + rb" +([0-9A-Fa-f]{2,16}(?: +[0-9A-Fa-f]{2,16})*) *(?:\|(.*)\||>(.*)<)?\Z"
)
_CELL = (
    rb"   (?P<character>[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3})"
    rb"|  \\(?P<escape>[0abfnrtv])|  (?P<more>\*\*)| (?P<octal>[0-7]{3})"
    rb"| (?P<name> (?:bs|ht|nl|lf|vt|ff|cr|so|si|em|fs|gs|rs|us|sp)"
    rb"|nul|soh|stx|etx|eot|enq|ack|bel|dle|dc[1-4]|nak|syn|etb|can|sub|esc|del)"
)
_DECIMAL = rb"(?:[0-9]{3}| [0-9]{2}|  [0-9])"
_SIGNED = rb"(?: %s|-[0-9]{3}| -[0-9]{2}|  -[0-9])" % _DECIMAL
# A cell of one digit may be a character, and one of three an octal number.
_SURELY_DECIMAL = rb"(?=(?: [0-9]{3}|   [0-9])*(?:  [0-9]{2}| [0-9][89][0-9]| [0-9]{2}[89]))"
_DECIMALS = re.compile(
    _OFFSET + rb"(?:((?: %s)+)|%s((?: %s)+)) *(?:>(.*)<)?\Z" % (_SIGNED, _SURELY_DECIMAL, _DECIMAL)
)
_CELLS = re.compile(_OFFSET + rb"((?:" + re.sub(rb"\?P<\w+>", b"?:", _CELL) + rb")+) *\Z")
_TRACED = re.compile(rb" \| [0-9a-f]{5,16}  ((?:[0-9a-f]{2} {1,2}){1,16}) .* \|\Z")
_SENT_OFFSET = rb"(?:[0-9a-f]{4}|[1-9a-f][0-9a-f]{4,6}): ?"
_SENT = re.compile(_SENT_OFFSET + rb"((?:[0-9a-f]{2} ){1,16})")
_SENT_TEXT = re.compile(_SENT_OFFSET + rb"([\x20-\x7f]{0,64})\Z")
_FIRST_OFFSET = re.compile(rb"%s{0,48}?%s(?:0{5,16}[: ]|0000: )" % (_BEFORE, _EDGE))
_UNFINISHED = re.compile(
    rb"%s{0,48}(?:[0-9A-Fa-f]{1,16}(?:[: ].*)?|%s)?\Z" % (_BEFORE, _TAG), re.DOTALL
)
_PREFIX = re.compile(
    rb"%s{1,48}?%s(?=[0-9A-Fa-f]{6,16}[: ]|[0-9a-f]{4,7}: | \| [0-9a-f]{5,16}  )" % (_BEFORE, _EDGE)
)
_ZERO = re.compile(rb"0{6,16}[: ]|0000: | \| 0{5,16} ")
_REPEATED = re.compile(rb"%s{0,48}?\*[ +|]{0,48}\r?\Z" % _BEFORE)
_ESCAPES = dict(zip(b"0abfnrtv", b"\0\a\b\f\n\r\t\v", strict=True))
_NAMES = {
    name: code
    for code, name in enumerate(
        b"nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb"
        b" can em sub esc fs gs rs us sp".split()
    )
} | {b"lf": 10, b"del": 127}
_PAIR_WIDTH = 2
_HEXADECIMAL = {4, 8, 16}
_OCTAL = {3: 1, 6: 2}


@secretive
class DumpLine(NamedTuple):
    """The bytes that a line shows, and where."""

    data: bytes
    places: Sequence[tuple[int, int]]
    """Where in the line each byte stands as digits, or as a character."""
    text: tuple[int, int]
    """Where the column of text begins and ends."""
    exact: bool
    """Whether each of its characters is surely that of one byte, and there are no brackets."""
    first: bool = False
    """Whether its offset is zero: another dump begins there."""
    offset: bytes = b""
    """The digits of its offset."""

    def at(self, line: bytes) -> DumpLine:
        """Return the same with the offset that a line (bytes) begins with."""
        return self._replace(first=_ZERO.match(line) is not None, offset=offset(line))

    def moved(self, by: int) -> DumpLine:
        """Return the same, behind so many bytes of a line."""
        places = [(start + by, end + by) for start, end in self.places]
        return self._replace(places=places, text=(self.text[0] + by, self.text[1] + by))

    def covered(self, first: int, last: int, *, whole: bool = True) -> Iterator[tuple[int, int]]:
        """Yield where the bytes from `first` to before `last` stand in the line.

        :param whole: whether all of the column is theirs if it is not exact; else none of it.
        """
        places = self.places[first:last]
        yield min(places)[0], max(places)[1]
        start, end = self.text
        if self.exact:
            start, end = start + first, start + last
        if start < end and (whole or self.exact):
            yield start, end


def is_marked(data: bytes) -> bool:
    """Return whether one of the marks is in a text (bytes)."""
    # Of what both have, the last one is found more quickly than the first.
    return data.rfind(b"0000") >= 0 and any(mark in data for mark in MARKS)


def may_hold_dump(data: bytes) -> bool:
    """Return whether there may be a dump in whole lines (bytes)."""
    return any(_FIRST_OFFSET.match(data, start) for start in marked_lines(data))


def marked_lines(data: bytes, at: int = 0) -> Iterator[int]:
    """Yield where the lines of a text (bytes) begin that hold a mark, from the start of one on."""
    while mark := _MARK.search(data, at):
        yield max(at, data.rfind(b"\n", at, mark.start()) + 1)
        end = data.find(b"\n", mark.end())
        if end < 0:
            return
        at = end + 1


def may_be_dump_line(line: bytes) -> bool:
    """Return whether this may be the beginning of such a line (bytes)."""
    return 0 < len(line) <= LONGEST and _UNFINISHED.match(line) is not None


def dump_line(line: bytes) -> DumpLine | None:
    """Return what a line (bytes, without its end) of a dump shows; None if it is another line."""
    line = line.removesuffix(b"\r")
    if len(line) > LONGEST:
        return None
    shown = _read(line)
    if shown:
        return shown.at(line)
    prefix = _PREFIX.match(line)
    if prefix is None:
        return None
    start = prefix.end()
    rest = line[start:]
    shown = _read(rest)
    if shown is None or not shown.exact:
        without = _read(_without_cell_end(rest))
        shown = without if shown is None or (without and without.exact) else shown
    return shown and shown.moved(start).at(rest)


def repeated_lines(line: bytes, before: bytes) -> DumpLine | None:
    """Return what stands for lines that are left out as they repeat the one before; None if none.

    :param before: the offset of that one (digits).
    """
    # No program prints two of them.
    if before.startswith(REPEATED) or len(line) > LONGEST or not _REPEATED.match(line):
        return None
    return DumpLine(b"", (), (0, 0), exact=False, offset=REPEATED + before)


def _without_cell_end(line: bytes) -> bytes:
    """Return a line (bytes) without what ends a cell of a table: blanks, a plus and a bar."""
    return line.rstrip(b" ").removesuffix(b"|").removesuffix(b"+").rstrip(b" ")


def _read(line: bytes) -> DumpLine | None:
    """Return what a line (bytes) shows that has nothing before it."""
    if match := _PAIRS.match(line):
        data, places = _pairs(match)
        column = len(line) - len(data), len(line)
        plain = _with_text(line, data, places, column, otherwise=(match.end(1), len(line)))
        return plain if plain.exact else _swapped(line) or plain
    if _COLON.match(line) and (shown := _swapped(line)):
        return shown
    if match := _DECIMALS.match(line) or _WORDS.match(line):
        return _numbers(line, match)
    if match := _CELLS.match(line):
        cells = list(_cells(line, *match.span(1)))
        places = [place for data, place in cells for _ in data]
        return DumpLine(b"".join(data for data, _ in cells), places, (0, 0), exact=False)
    if match := _TRACED.match(line):
        return _in_column(line, match, _TRACED_COLUMN, len(line) - len(b" |"))
    return _sent(line)


_TRACED_COLUMN = 50
_SENT_COLUMN = 48
"""How many bytes behind the first digit the text begins."""


def _in_column(line: bytes, match: re.Match[bytes], column: int, end: int) -> DumpLine:
    """Return what a line shows that has pairs of digits, and text up to `end`.

    :param column: how many bytes behind the first digit it begins.
    """
    data, places = _pairs(match)
    start = match.start(1) + column
    return _with_text(line, data, places, (start, start + len(data)), otherwise=(start, end))


def _sent(line: bytes) -> DumpLine | None:
    """Return what a line of curl's shows: digits and text, or text alone."""
    if match := _SENT.match(line):
        shown = _in_column(line, match, _SENT_COLUMN, len(line))
        text = line[match.start(1) + _SENT_COLUMN :].translate(PRINTED)
        if text == shown.data.translate(PRINTED):
            return shown
    if match := _SENT_TEXT.match(line):
        places = [(at, at + 1) for at in range(*match.span(1))]
        return DumpLine(match[1], places, (0, 0), exact=False)
    return None


def _swapped(line: bytes) -> DumpLine | None:
    """Return what a line shows whose groups are little-endian, as the text behind them says."""
    data, places = bytearray(), []
    for group in re.finditer(rb"(?<= )(?:[0-9A-Fa-f]{2}){1,8}(?= )", line):
        first, last = group.span()
        data += bytes.fromhex(group[0].decode("ascii"))[::-1]
        places += [(at, at + 2) for at in range(last - 2, first - 2, -2)]
        start = len(line) - len(data)
        if start > last + 1 and line[last:start].isspace():
            column = start, len(line)
            if line[start:] == data.translate(PRINTED):
                return _with_text(line, bytes(data), places, column, otherwise=column)
    return None


def _pairs(match: re.Match[bytes]) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the bytes of pairs of digits, which a group has matched, and their places."""
    places = [pair.span() for pair in _PAIR.finditer(match.string, *match.span(1))]
    return bytes.fromhex(match[1].decode("ascii")), places


def _numbers(line: bytes, match: re.Match[bytes]) -> DumpLine | None:
    """Return what a line shows that has decimal numbers, with a sign or without, or words."""
    if match.re is _WORDS:
        read = _words(line, *match.span(1))
        column = max(match.span(2), match.span(3), (0, 0))
    else:
        read = _decimals(line, *max(match.span(1), match.span(2)))
        column = max(match.span(3), (0, 0))
    return read and _with_text(line, *read, column, otherwise=column)


def _decimals(line: bytes, first: int, last: int) -> tuple[bytes, list[tuple[int, int]]] | None:
    """Return the bytes of decimal numbers, with a sign or without, and their places."""
    places = [word.span() for word in _WORD.finditer(line, first, last)]
    numbers = [int(line[start:end]) for start, end in places]
    if not all(-0x80 <= number <= 0xFF for number in numbers):  # noqa: PLR2004
        return None
    return bytes(number & 0xFF for number in numbers), places


def _words(line: bytes, first: int, last: int) -> tuple[bytes, list[tuple[int, int]]] | None:
    """Return the bytes of words of equal width, in their order in memory, and their places."""
    text = line[first:last]
    places = [word.span() for word in _WORD.finditer(line, first, last)]
    width = places[0][1] - places[0][0]
    if any(end - start != width for start, end in places):
        return None
    if width == _PAIR_WIDTH:
        return bytes.fromhex(text.decode("ascii")), places
    if width in _HEXADECIMAL:
        data = b"".join(bytes.fromhex(word.decode("ascii"))[::-1] for word in text.split())
        halves = range(_PAIR_WIDTH, width + 1, _PAIR_WIDTH)
        return data, [(end - at, end - at + _PAIR_WIDTH) for _, end in places for at in halves]
    if width in _OCTAL and not text.translate(None, b"01234567 "):
        numbers, size = [int(word, 8) for word in text.split()], _OCTAL[width]
        if max(numbers) >> 8 * size:
            return None
        data = b"".join(number.to_bytes(size, "little") for number in numbers)
        return data, [place for place in places for _ in range(size)]
    return None


def _cells(line: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield what cells of four columns show, and where; ``**`` goes on with a character.

    Of bytes with names the highest bit is lost.
    """
    for cell in re.compile(_CELL).finditer(line, start, end):
        kind = cell.lastgroup or ""
        shown = cell[kind]
        if kind == "escape":
            shown = bytes((_ESCAPES[shown[0]],))
        elif kind == "name":
            shown = bytes((_NAMES[shown.strip()],))
        elif kind == "octal":
            shown = bytes((int(shown, 8) & 0xFF,))
        elif kind == "more":
            shown = b""
        yield shown, (cell.start() + 1, cell.end())


def _with_text(
    line: bytes,
    data: bytes,
    places: Sequence[tuple[int, int]],
    column: tuple[int, int],
    *,
    otherwise: tuple[int, int],
) -> DumpLine:
    """Return what a line shows whose text is in a column; `otherwise`, if that is not exact."""
    text = line[slice(*column)]
    exact = text == data.translate(PRINTED) and not (b"<" in text or b">" in text)
    return DumpLine(data, places, column if exact else otherwise, exact)
