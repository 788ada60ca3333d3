"""The compressions, compared with Buildbot's own where it is installed."""

from __future__ import annotations

import sys
from unittest import mock

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli.scrub._compression import (
    BR,
    BZ2,
    GZ,
    LZ4,
    MAX_CHUNK_SIZE,
    RAW,
    ZSTD,
    ChunkDamaged,
    CompressionUnavailable,
    compress,
    decompress,
)

try:
    from tests.support.log_compressions import COMPRESSIONS
except ImportError:
    COMPRESSIONS = {}

TEXT = b"ogcc -O2 -c file.c\n" * 100


class RoundTripTests(SynchronousTestCase):
    """Each number."""

    def test_text_survives_the_round_trip(self) -> None:
        for number in (RAW, GZ, BZ2, LZ4, ZSTD, BR):
            try:
                stored, content = compress(number, TEXT)
            except CompressionUnavailable:
                continue
            self.assertEqual(stored, number)
            self.assertEqual(decompress(stored, content), TEXT)

    def test_buildbot_and_we_read_each_other(self) -> None:
        if not COMPRESSIONS:
            msg = "Buildbot is not installed"
            raise SkipTest(msg)
        for number, buildbots in COMPRESSIONS.items():
            self.assertEqual(decompress(number, buildbots.pack(TEXT)), TEXT)
            self.assertEqual(buildbots.unpack(compress(number, TEXT)[1]), TEXT)

    def test_text_that_does_not_shrink_is_stored_raw(self) -> None:
        self.assertEqual(compress(GZ, b"ab"), (RAW, b"ab"))

    def test_text_that_is_too_large_for_raw_is_compressed(self) -> None:
        number, content = compress(RAW, b"x" * (MAX_CHUNK_SIZE + 1))
        self.assertEqual(number, GZ)
        self.assertLess(len(content), MAX_CHUNK_SIZE)


class ErrorTests(SynchronousTestCase):
    """What cannot be read."""

    def test_a_missing_package_is_named(self) -> None:
        with mock.patch.dict(sys.modules, {"zstandard": None}):
            error = self.assertRaises(CompressionUnavailable, decompress, ZSTD, b"")
        self.assertEqual(str(error), "it is compressed with zstandard: run pip install zstandard")

    def test_an_unknown_number(self) -> None:
        self.assertRaises(CompressionUnavailable, decompress, 17, b"")

    def test_a_truncated_frame_is_damaged(self) -> None:
        try:
            _, content = compress(ZSTD, TEXT)
        except CompressionUnavailable as missing:
            raise SkipTest(str(missing)) from None
        self.assertRaises(ChunkDamaged, decompress, ZSTD, content[:-4])

    def test_the_error_does_not_quote_the_data(self) -> None:
        error = self.assertRaises(ChunkDamaged, decompress, GZ, b"no zlib stream")
        self.assertEqual(str(error), "error")
