from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.utf8 import decode, is_encodable, text_or_bytes


class DecodeTests(SynchronousTestCase):
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_every_text_is_decoded(self, text: str) -> None:
        self.assertEqual(decode(text.encode()), text)

    @given(st.binary())
    def test_it_decodes_what_python_decodes(self, content: bytes) -> None:
        try:
            expected = content.decode()
        except UnicodeDecodeError:
            self.assertIsNone(decode(content))
        else:
            self.assertEqual(decode(content), expected)

    def test_a_replacement_character_is_text_only_where_it_is_written(self) -> None:
        self.assertEqual(decode("\ufffd".encode()), "\ufffd")
        for content in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"):
            self.assertIsNone(decode(content), content)


class TextOrBytesTests(SynchronousTestCase):
    def test_what_is_not_a_text_stays(self) -> None:
        for content, expected in ((b"", ""), ("ä".encode(), "ä"), (b"a\xff", b"a\xff")):
            self.assertEqual(text_or_bytes(content), expected)


class IsEncodableTests(SynchronousTestCase):
    def test_lone_surrogates_cannot_be_written(self) -> None:
        for text in ("", "a", "\U0001f511", "\ufffd"):
            self.assertTrue(is_encodable(text))
        for text in ("\ud800", "a\udcff", "\ud83d\udd11"):
            self.assertFalse(is_encodable(text))
