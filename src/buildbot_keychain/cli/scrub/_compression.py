"""The compressions in which Buildbot stores log chunks, by the number that it stores with them.

Numbers and formats are those of Buildbot's ``db/logs.py`` and ``db/compression``: 0 raw, 1 a zlib
stream, 2 bzip2, 3 an LZ4 block, 4 a Zstandard frame, 5 Brotli. The last three need packages that
may be missing; `CompressionUnavailable` names the package.
"""

from __future__ import annotations

import bz2
import zlib

RAW, GZ, BZ2, LZ4, ZSTD, BR = range(6)

MAX_CHUNK_SIZE = 65_536
"""Bytes: Buildbot stores no chunk that is larger."""


class CompressionUnavailable(Exception):
    """A compression that cannot be read here.

    :param reason: which one, and what to install.
    """


class ChunkDamaged(Exception):
    """The stored bytes are not in the compression that their number says."""


def decompress(number: int, data: bytes) -> bytes:
    """Return the text of a chunk.

    :raise CompressionUnavailable: if its package is missing, or the number is unknown.
    :raise ChunkDamaged: if it cannot be decompressed.
    """
    if number == RAW:
        return data
    try:
        return _decompress(number, data)
    except CompressionUnavailable:
        raise
    except Exception as error:  # each library has errors of its own
        raise ChunkDamaged(type(error).__name__) from error


def compress(number: int, data: bytes) -> tuple[int, bytes]:
    """Return the number and content to store for a chunk that was stored with `number`.

    As in Buildbot, what does not shrink is stored raw. What is too large for that becomes a zlib
    stream.
    """
    packed = data if number == RAW else _compress(number, data)
    if number != RAW and len(packed) < len(data):
        return number, packed
    if len(data) > MAX_CHUNK_SIZE:
        return GZ, zlib.compress(data, zlib.Z_BEST_COMPRESSION)
    return RAW, data


def _decompress(number: int, data: bytes) -> bytes:
    if number == GZ:
        return zlib.decompress(data)
    if number == BZ2:
        return bz2.decompress(data)
    module = library(number)
    if number == ZSTD:
        # Buildbot's frames have no content size in their header, which `decompress` requires.
        stream = module.ZstdDecompressor().decompressobj()
        text = bytes(stream.decompress(data) + stream.flush())
        if not stream.eof:
            raise EOFError
        return text
    return bytes(module.decompress(data))


def _compress(number: int, data: bytes) -> bytes:
    if number == GZ:
        return zlib.compress(data, zlib.Z_BEST_COMPRESSION)
    if number == BZ2:
        return bz2.compress(data)
    module = library(number)
    if number == ZSTD:
        return bytes(module.ZstdCompressor(level=9).compress(data))
    if number == BR:
        return bytes(module.compress(data, mode=module.MODE_TEXT))
    return bytes(module.compress(data))


def library(number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - they ship no types
    """Return the module that reads and writes a compression.

    :raise CompressionUnavailable: if its package is missing, or the number is unknown.
    """
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
    except ImportError as error:
        package = str(error.name).partition(".")[0]
        raise CompressionUnavailable(
            f"it is compressed with {package}: run pip install {package}"
        ) from error
    raise CompressionUnavailable(f"log compression {number} is unknown: Buildbot 4 has none")
