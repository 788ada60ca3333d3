"""What Buildbot stores chunks with, against Buildbot's own compressors where it is installed."""

from __future__ import annotations

import sys
from unittest import mock

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli.scrub.compression import (
    BR,
    BZ2,
    GZ,
    LARGEST,
    LZ4,
    RAW,
    ZSTD,
    Damaged,
    Unavailable,
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

    def test_what_is_compressed_is_read_again(self) -> None:
        for number in (RAW, GZ, BZ2, LZ4, ZSTD, BR):
            try:
                stored, content = compress(number, TEXT)
            except Unavailable:
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

    def test_what_does_not_shrink_is_stored_raw(self) -> None:
        self.assertEqual(compress(GZ, b"ab"), (RAW, b"ab"))

    def test_what_has_become_too_large_for_raw_is_compressed(self) -> None:
        number, content = compress(RAW, b"x" * (LARGEST + 1))
        self.assertEqual(number, GZ)
        self.assertLess(len(content), LARGEST)


class TroubleTests(SynchronousTestCase):
    """What cannot be read."""

    def test_a_package_that_is_missing_is_named(self) -> None:
        with mock.patch.dict(sys.modules, {"zstandard": None}):
            error = self.assertRaises(Unavailable, decompress, ZSTD, b"")
        self.assertEqual(str(error), "compressed with zstandard: run pip install zstandard")

    def test_a_number_of_the_future(self) -> None:
        self.assertRaises(Unavailable, decompress, 17, b"")

    def test_a_frame_that_was_cut_off_is_not_taken_for_a_whole(self) -> None:
        try:
            _, content = compress(ZSTD, TEXT)
        except Unavailable as missing:
            raise SkipTest(str(missing)) from None
        self.assertRaises(Damaged, decompress, ZSTD, content[:-4])

    def test_damage_says_nothing_of_the_data(self) -> None:
        error = self.assertRaises(Damaged, decompress, GZ, b"no zlib stream")
        self.assertEqual(str(error), "error")
        self.assertIsNone(error.__cause__)
