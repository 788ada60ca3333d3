"""Recognises, reads and writes the formats of text files: how they are compressed and encoded.

Rewriting bytes that are not text would corrupt them, even where they show a secret as it is: a
short ``.xz``, a stored zip or a tar file does. So whatever a file holds, in the end it must be text
or is rejected, and what is compressed must be complete to its last byte.

==============  ============================================================================
compression     gzip (RFC 1952), bzip2, xz, Zstandard (RFC 8878; needs the package zstandard)
encoding        UTF-8 and every other superset of ASCII; UTF-16 and UTF-32 with a byte order mark
text            no NUL, and only the control characters that text has, except in valid UTF-8
==============  ============================================================================
"""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from buildbot_keychain.cli.scrub._compression import ZSTD, CompressionUnavailable, library

_READ_SIZE = 1 << 20
_READ_SIZE_COMPRESSED = 1 << 13
"""Bytes that are read at once; compressed ones can become several thousand times as many."""

_MAGIC_SIZE = 512

_COMPRESSIONS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bzip2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\0"),
    "zstandard": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
}
_PADDED = ("gzip", "xz")
"""Compressions with NULs between and after their streams."""

_OTHERS = {
    "a zip archive": re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"),
    "a tar archive": re.compile(rb".{257}ustar", re.DOTALL),
    "an ar archive": re.compile(rb"!<arch>\n"),
    "a 7-Zip archive": re.compile(rb"7z\xbc\xaf\x27\x1c"),
    "a RAR archive": re.compile(rb"Rar!\x1a\x07"),
    "compressed with lz4": re.compile(rb"\x04\x22\x4d\x18"),
    "compressed with lzip": re.compile(rb"LZIP"),
    "compressed with compress": re.compile(rb"\x1f\x9d"),
    "a SQLite database": re.compile(rb"SQLite format 3\0"),
    "a PDF document": re.compile(rb"%PDF-"),
}
_BROTLI = ".br"  # which has no magic number

_MARKS = (  # that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# The characters that file(1) finds in text: no C0 controls but BEL to CR and ESC, and no DEL.
_OF_TEXT = bytes([*range(0x07, 0x0E), 0x1B, *range(0x20, 0x7F), *range(0x80, 0x100)])


class NotText(Exception):
    """A file that cannot be read as text.

    :param reason: why, and what to do; never any of its content.
    """


class TextFormat(NamedTuple):
    """How a text is stored."""

    compression: str = ""
    mark: bytes = b""
    """The byte order mark."""

    encoding: str = ""
    """The encoding that belongs to the mark; without, the bytes are the text."""


def recognise(path: Path) -> TextFormat:
    """Return the format of the file at `path`.

    :raise NotText: if it is none of these.
    """
    with path.open("rb") as file:
        start = file.read(_MAGIC_SIZE)
    compression = next((n for n, magic in _COMPRESSIONS.items() if magic.match(start)), "")
    if not compression and path.suffix == _BROTLI:
        raise NotText("it is compressed with Brotli: decompress it first")
    if compression:
        start = b""
        with path.open("rb") as file:
            for piece in _decompressed(file, compression):
                start += piece
                if len(start) >= _MAGIC_SIZE:
                    break
    for what, magic in _OTHERS.items():
        if magic.match(start):
            raise NotText(f"it is {what}: extract the text files in it first")
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return TextFormat(compression, mark, encoding)
    return TextFormat(compression)


def read(path: Path, text_format: TextFormat) -> Iterator[bytes]:
    """Yield the text in pieces of any size; of one with a byte order mark, in UTF-8.

    :raise NotText: if it is damaged, or turns out not to be text.
    """
    with path.open("rb") as file:
        if text_format.compression:
            pieces = _decompressed(file, text_format.compression)
        else:
            pieces = _pieces(file, _READ_SIZE)
        if text_format.encoding:
            pieces = _decoded(pieces, text_format)
        yield from _checked(pieces)


@contextlib.contextmanager
def writer(raw: BinaryIO, text_format: TextFormat) -> Iterator[Callable[[bytes], object]]:
    """Yield what writes text, as `read` yields it but in whole lines, to `raw`."""
    with _compressed(raw, text_format.compression) as sink:
        if not text_format.encoding:
            yield sink.write
            return
        sink.write(text_format.mark)
        yield lambda text: sink.write(text.decode("utf-8").encode(text_format.encoding))


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while data := file.read(size):
        yield data


def _decompressed(file: BinaryIO, compression: str) -> Iterator[bytes]:
    """Yield what all compressed streams of a file hold; nothing else may be between or after."""
    begin = _decompressor(compression)
    stream = None
    for piece in _pieces(file, _READ_SIZE_COMPRESSED):
        data = piece
        while data:
            if stream is None:
                data = data.lstrip(b"\0") if compression in _PADDED else data
                if not data:
                    break
                stream = begin()
            try:
                text = stream.decompress(data)
            except Exception as error:  # each library has errors of its own
                raise NotText(f"it is damaged: not all of it is {compression}") from error
            data = stream.unused_data if stream.eof else b""
            stream = None if stream.eof else stream
            if text:
                yield text
    if stream is not None:
        raise NotText(f"it is damaged: the end of the {compression} data is missing")


def _decompressor(compression: str) -> Callable[[], Any]:
    if compression == "gzip":
        return lambda: zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    if compression == "bzip2":
        return bz2.BZ2Decompressor
    if compression == "xz":
        return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)
    return lambda: _zstandard().ZstdDecompressor().decompressobj()


def _compressed(raw: BinaryIO, compression: str) -> contextlib.AbstractContextManager[Any]:
    if compression == "gzip":
        return gzip.GzipFile(filename="", fileobj=raw, mode="wb")
    if compression == "bzip2":
        return bz2.BZ2File(raw, "wb")
    if compression == "xz":
        return lzma.LZMAFile(raw, "wb")
    if compression == "zstandard":
        stream: contextlib.AbstractContextManager[Any]
        stream = _zstandard().ZstdCompressor().stream_writer(raw, closefd=False)
        return stream
    return contextlib.nullcontext(raw)


def _zstandard() -> Any:  # noqa: ANN401 - it ships no types
    try:
        return library(ZSTD)
    except CompressionUnavailable as error:
        raise NotText(str(error)) from error


def _decoded(pieces: Iterable[bytes], text_format: TextFormat) -> Iterator[bytes]:
    """Yield encoded text without its mark in UTF-8."""
    decoder = codecs.getincrementaldecoder(text_format.encoding)()
    is_start = True
    try:
        for piece in pieces:
            text = decoder.decode(piece)
            if is_start and text:
                text, is_start = text.removeprefix("\ufeff"), False
            yield text.encode("utf-8")
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        name = text_format.encoding[:6].upper()
        raise NotText(f"it is damaged: not all of it is {name}") from error


def _checked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces as they are, if they are text."""
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    has_controls = False
    for piece in pieces:
        if b"\0" in piece:
            raise NotText("it is not text")
        has_controls = has_controls or bool(piece.translate(None, _OF_TEXT))
        if decoder is not None:
            try:
                decoder.decode(piece)
            except UnicodeError:
                decoder = None
        yield piece
    if has_controls and decoder is None:
        raise NotText("it is not text")
