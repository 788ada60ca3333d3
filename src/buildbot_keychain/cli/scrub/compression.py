"""The compressions that Buildbot stores log chunks in, by the number it stores beside them.

The numbers and formats are those of Buildbot's ``db/logs.py`` and ``db/compression``: 0 raw, 1 a
zlib stream, 2 bzip2, 3 an LZ4 block, 4 a Zstandard frame, 5 Brotli. The last three need packages
that may be missing: `Unavailable` names the one.
"""

from __future__ import annotations

import bz2
import zlib

RAW, GZ, BZ2, LZ4, ZSTD, BR = range(6)

LARGEST = 65_536
"""Bytes: Buildbot stores no chunk that is larger."""


class Unavailable(Exception):
    """A compression that cannot be read here.

    :param reason: which, and what to install.
    """


class Damaged(Exception):
    """What is stored is not of the compression it is said to be."""


def decompress(number: int, data: bytes) -> bytes:
    """Give the text of a chunk.

    :raise Unavailable: when the package for it is missing, or the number is unknown.
    :raise Damaged: when it cannot be decompressed.
    """
    if number == RAW:
        return data
    try:
        return _decompress(number, data)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - each library has errors of its own
        kind = type(error).__name__
    raise Damaged(kind)


def compress(number: int, data: bytes) -> tuple[int, bytes]:
    """Give the number and content to store for a chunk that was stored with `number`.

    As in Buildbot, what does not shrink is stored raw; what is too large for that is made a zlib
    stream.
    """
    packed = data if number == RAW else _compress(number, data)
    if number != RAW and len(packed) < len(data):
        return number, packed
    if len(data) > LARGEST:
        return GZ, zlib.compress(data, zlib.Z_BEST_COMPRESSION)
    return RAW, data


def _decompress(number: int, data: bytes) -> bytes:
    if number == GZ:
        return zlib.decompress(data)
    if number == BZ2:
        return bz2.decompress(data)
    library = _library(number)
    if number == ZSTD:
        # A stream without the size of its content in the header, which `decompress` asks for.
        stream = library.ZstdDecompressor().decompressobj()
        text = bytes(stream.decompress(data) + stream.flush())
        if not stream.eof:
            raise EOFError
        return text
    return bytes(library.decompress(data))


def _compress(number: int, data: bytes) -> bytes:
    if number == GZ:
        return zlib.compress(data, zlib.Z_BEST_COMPRESSION)
    if number == BZ2:
        return bz2.compress(data)
    library = _library(number)
    if number == ZSTD:
        return bytes(library.ZstdCompressor(level=9).compress(data))
    if number == BR:
        return bytes(library.compress(data, mode=library.MODE_TEXT))
    return bytes(library.compress(data))


def _library(number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - they ship no types
    try:
        if number == LZ4:
            import lz4.block  # noqa: PLC0415

            return lz4.block
        if number == ZSTD:
            import zstandard  # noqa: PLC0415

            return zstandard
        if number == BR:
            import brotli  # noqa: PLC0415

            return brotli
    except ImportError as missing:
        package = str(missing.name).partition(".")[0]
    else:
        raise Unavailable(f"log compression {number} is unknown, this is for Buildbot 4")
    raise Unavailable(f"compressed with {package}: run pip install {package}")
