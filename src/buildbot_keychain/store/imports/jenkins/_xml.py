"""Reads XML as Jenkins writes it: as a stream of elements, in bounded memory.

Jenkins writes XML 1.1, which the standard library does not read. Its difference is that references
to control characters are allowed, so these are replaced before by others, and put back in what is
read. A document type is refused: without one, a file has no entities to expand, and nothing outside
of the file is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat  # the handlers below refuse what makes it unsafe

MAX_TEXT = 3 << 19
"""Characters of an element's text: base64 of 1 MiB, and a little more."""

_MAX_DEPTH = 200
_MAX_ELEMENTS = 500_000
_MAX_NAMES = 5_000
"""Different names of elements and attributes. The parser never forgets one."""
_CHUNK = 1 << 13
_MAX_TAG = 1 << 15
"""Bytes of a tag, roughly: the parser begins again at it with every chunk."""

_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}<\?xml\s[^<>]{0,200}\?>")
_ENCODING = re.compile(rb"encoding\s{0,10}=\s{0,10}[\"']([A-Za-z0-9._-]{1,40})[\"']")
_ENCODINGS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
_REFERENCE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&#(?:x([0-9a-fA-F]+)|([0-9]+));", re.DOTALL
)
_CONTROLS = frozenset({*range(9), 11, 12, *range(14, 32)})
"""The characters that XML 1.0 does not allow, of those that XML 1.1 allows as references."""
_MAX_DIGITS = 7
"""Of the number of a character."""
_PRIVATE = 0xF0000
_BLOCKS = 64
"""Blocks of 64 private characters, of which one that a file does not use stands for controls."""
_WIDTH = 64


class XmlError(Exception):
    """A file that cannot be read, or not to its end.

    :param why: why, as the end of a sentence; it quotes nothing of the file.
    """


@dataclass(frozen=True)
class Start:
    """The beginning of an element."""

    tag: str
    attributes: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class End:
    """The end of an element.

    :param text: its text; ``None`` for one that has elements in it.
    :param is_cut: whether its text is longer than `MAX_TEXT`, and `text` only its beginning.
    """

    text: str | None = field(repr=False)
    is_cut: bool = False


Event = Start | End


def read_xml(content: bytes) -> Iterator[Event]:
    """Yield the elements of a file in their order.

    :raise XmlError: where it cannot be read any further.
    """
    declaration = _DECLARATION.match(content)
    body = memoryview(content)[declaration.end() if declaration else 0 :]
    named = _ENCODING.search(declaration[0]) if declaration else None
    encoding = named[1].decode().lower() if named else "utf-8"
    if encoding not in _ENCODINGS:
        raise XmlError("is in an encoding other than UTF-8")
    block = _free_block(content)
    if block is not None:
        body = memoryview(_replaced(body, block))
    lines = declaration[0].count(b"\n") if declaration else 0
    yield from _Parser(encoding, block, lines).events(body)


def _value(reference: re.Match[bytes]) -> int:
    """Return the number of the character that is referred to; -1 for anything else."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    digits = (digits or b"").lstrip(b"0")
    if reference.lastindex is None or len(digits) > _MAX_DIGITS:
        return -1
    return int(digits or b"0", base)


def _free_block(content: bytes) -> int | None:
    """Return the first character of a block that the file does not use.

    ``None`` where it does not refer to control characters.
    """
    values = {
        value
        for found in _REFERENCE.finditer(content)
        if (
            (value := _value(found)) in _CONTROLS or _PRIVATE <= value < _PRIVATE + _BLOCKS * _WIDTH
        )
    }
    if not values & _CONTROLS:
        return None
    for first in range(_PRIVATE, _PRIVATE + _BLOCKS * _WIDTH, _WIDTH):
        literal = chr(first).encode()[:3]
        if literal not in content and values.isdisjoint(range(first, first + _WIDTH)):
            return first
    raise XmlError("uses more private characters of Unicode than can be read")


def _replaced(body: memoryview, block: int) -> bytearray:
    replaced = bytearray()
    end = 0
    for found in _REFERENCE.finditer(body):
        value = _value(found)
        if value in _CONTROLS:
            replaced += body[end : found.start()]
            replaced += b"&#%d;" % (block + value)
            end = found.end()
    replaced += body[end:]
    return replaced


class _Parser:
    """Turns the calls of expat into events.

    :param block: the characters that stand for control characters, from this one on.
    :param lines: the lines before what is parsed.
    """

    def __init__(self, encoding: str, block: int | None, lines: int) -> None:
        self._lines = lines
        self._controls = None if block is None else {block + c: chr(c) for c in _CONTROLS}
        self._events: list[Event] = []
        self._names: dict[str, str] = {}
        self._depth = 0
        self._elements = 0
        self._pieces: list[str] | None = None
        self._length = 0
        # Without a dictionary of its own, it keeps no names.
        self._expat = expat.ParserCreate(encoding, None, None)
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text
        self._expat.StartDoctypeDeclHandler = self._doctype

    def events(self, body: memoryview) -> Iterator[Event]:
        for begin in range(0, len(body), _CHUNK):
            chunk = body[begin : begin + _CHUNK]
            self._parse(chunk)
            yield from self._events
            self._events.clear()
            if begin + len(chunk) - self._expat.CurrentByteIndex > _MAX_TAG:
                raise XmlError("has a tag or a comment that is too long")
        self._parse(b"", final=True)
        yield from self._events

    def _parse(self, chunk: bytes | memoryview, *, final: bool = False) -> None:
        try:
            self._expat.Parse(chunk, final)
        except expat.ExpatError as error:
            msg = f"is not XML, at line {self._lines + error.lineno}"
            raise XmlError(msg) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            msg = f"has more than {_MAX_ELEMENTS} elements"
            raise XmlError(msg)
        if self._depth > _MAX_DEPTH:
            raise XmlError("is nested too deeply")
        # One object for each name, as a file has the same ones again and again.
        tag = self._names.setdefault(tag, tag)
        self._names.update(zip(attributes, attributes, strict=True))
        if len(self._names) > _MAX_NAMES:
            msg = f"has more than {_MAX_NAMES} different names of elements"
            raise XmlError(msg)
        self._pieces, self._length = [], 0
        self._events.append(Start(tag, attributes))

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        pieces, self._pieces = self._pieces, None
        if pieces is None:
            self._events.append(End(None))
            return
        text = "".join(pieces)
        if self._controls:
            text = text.translate(self._controls)
        self._events.append(End(text, self._length > MAX_TEXT))

    def _text(self, text: str) -> None:
        if self._pieces is None:
            return
        if self._length <= MAX_TEXT:
            self._pieces.append(text)
        self._length += len(text)

    @staticmethod
    def _doctype(*_: object) -> NoReturn:
        raise XmlError("has a DOCTYPE, which Jenkins never writes")
