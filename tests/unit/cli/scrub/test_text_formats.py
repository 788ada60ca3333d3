"""Formats of text files: what is read and written, and what is rejected."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec

from hypothesis import given, settings
from hypothesis import strategies as st

from buildbot_keychain.cli.scrub import _text_formats as formats
from buildbot_keychain.cli.scrub._text_formats import NotText
from tests.support.keychain_command import SecretFilesTestCase

TEXT = "canary-W7/x+9pQ \u00e9 \u65e5\U0001f511\n" * 3

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "bzip2": bz2.decompress,
    "xz": lzma.decompress,
}
if find_spec("zstandard"):
    import zstandard

    COMPRESS["zstandard"] = zstandard.ZstdCompressor().compress
    DECOMPRESS["zstandard"] = lambda data: zstandard.ZstdDecompressor().stream_reader(data).read()

ENCODINGS = {
    "utf-8": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


class FormatTestCase(SecretFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "file"

    def read(self, data: bytes) -> bytes:
        self.path.write_bytes(data)
        return b"".join(formats.read(self.path, formats.recognise(self.path)))

    def write(self, data: bytes) -> bytes:
        """Return what is written in the format of `data` in its place."""
        text = self.read(data)
        raw = io.BytesIO()
        with formats.writer(raw, formats.recognise(self.path)) as write:
            write(text)
        return raw.getvalue()


class TextTests(FormatTestCase):
    """What can be read comes back as it was."""

    def test_every_compression_of_every_encoding(self) -> None:
        for compression, compress in COMPRESS.items():
            for encoding, mark in ENCODINGS.items():
                plain = mark + TEXT.encode(encoding)
                self.assertEqual(self.read(compress(plain)).decode(), TEXT, encoding)
                written = self.write(compress(plain))
                self.assertEqual(DECOMPRESS[compression](written), plain, encoding)

    def test_streams_after_each_other_and_padding(self) -> None:
        for compression, compress in COMPRESS.items():
            two = compress(b"one\n") + compress(b"two\n")
            self.assertEqual(self.read(two), b"one\ntwo\n", compression)
        for compress in (gzip.compress, lzma.compress):
            self.assertEqual(self.read(compress(b"one\n") + bytes(8)), b"one\n")

    @settings(max_examples=50, deadline=None)
    @given(
        st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        st.sampled_from(sorted(COMPRESS)),
    )
    def test_any_text(self, text: str, compression: str) -> None:
        self.assertEqual(self.read(COMPRESS[compression](text.encode())), text.encode())

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=60))
    def test_any_bytes_come_back_or_are_rejected(self, data: bytes) -> None:
        try:
            text = self.read(data)
        except NotText:
            return
        raw = self.write(data)
        self.assertEqual(raw, data)
        self.assertNotIn(b"\0", text)

    def test_text_that_is_no_utf_8(self) -> None:
        for data in (b"a \xff\xe9\n", b"\x1b[1m\xe9\x1b[0m\x08\r\n", b"\x0f\x0e \xc3\xa9"):
            self.assertEqual(self.read(data), data)


class RejectedTests(FormatTestCase):
    """Everything else is rejected, with a reason."""

    def assertRejected(self, data: bytes, reason: str) -> None:
        self.assertIn(reason, str(self.assertRaises(NotText, self.read, data)))

    def test_archives(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as stored:
            stored.writestr("log", TEXT)
        self.assertRejected(archive.getvalue(), "it is a zip archive")
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("log"))
        for compress in COMPRESS.values():
            self.assertRejected(compress(archive.getvalue()), "it is a tar archive")
        self.assertRejected(b"!<arch>\nlog/ 0 0 0 644 3 `\nabc\n", "it is an ar archive")

    def test_compressions_that_cannot_be_read(self) -> None:
        self.assertRejected(b"\x04\x22\x4d\x18" + TEXT.encode(), "compressed with lz4")
        self.path = self.directory / "file.br"
        self.assertRejected(TEXT.encode(), "compressed with Brotli")

    def test_damaged_data(self) -> None:
        for compression, compress in COMPRESS.items():
            if compression:
                data = compress(TEXT.encode())
                self.assertRejected(data[:-3], f"the end of the {compression} data is missing")
                self.assertRejected(
                    data + b"more text, not compressed", f"not all of it is {compression}"
                )
        self.assertRejected(codecs.BOM_UTF16_LE + b"a\0b", "not all of it is UTF-16")
        self.assertRejected(codecs.BOM_UTF16_LE + b"\x00\xd8a\0", "not all of it is UTF-16")

    def test_binary_data(self) -> None:
        for data in (b"a\0b", TEXT.encode("utf-16-le"), b"\x93\x01text", gzip.compress(b"\0")):
            self.assertRejected(data, "it is not text")
        twice = gzip.compress(gzip.compress(TEXT.encode()))
        self.assertRejected(twice, "it is not text")
