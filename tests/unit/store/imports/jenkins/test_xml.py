from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports.jenkins import _xml
from buildbot_keychain.store.imports.jenkins._xml import (
    MAX_TEXT,
    End,
    Start,
    XmlError,
    read_xml,
)
from tests.support.jenkins import folder, secret, user_password
from tests.support.memory import peak_of

CANARY = "s3cr3t-canary"


def texts(content: bytes | str) -> list[tuple[str, str]]:
    """The tags and texts of the elements that have no others in them."""
    found, stack = [], []
    for event in read_xml(content.encode() if isinstance(content, str) else content):
        if isinstance(event, Start):
            stack.append(event.tag)
        else:
            tag = stack.pop()
            if event.text is not None:
                found.append((tag, event.text))
    return found


def events(content: bytes) -> Iterator[Start | End]:
    """What is read, up to an error."""
    with contextlib.suppress(XmlError):
        yield from read_xml(content)


class ReadTests(SynchronousTestCase):
    def test_elements_in_their_order(self) -> None:
        events = list(read_xml(b"<a x='1'>\n <b>t</b><c/></a>"))
        expected = [Start("a", {"x": "1"}), Start("b", {}), End("t"), Start("c", {}), End("")]
        self.assertEqual(events, [*expected, End(None)])

    def test_declarations(self) -> None:
        for before in (
            "",
            "<?xml version='1.1' encoding='UTF-8'?>",
            '<?xml version="1.0" encoding="utf-8"?>\n',
            "\ufeff<?xml version='1.1'?>",
            "<?xml version='1.1' encoding='UTF-8' standalone='no'?><!-- x -->",
        ):
            self.assertEqual(texts(f"{before}<a>ä</a>"), [("a", "ä")])
        latin = "<?xml version='1.0' encoding='ISO-8859-1'?><a>ä&#27;</a>".encode("latin-1")
        self.assertEqual(texts(latin), [("a", "ä\x1b")])

    def test_references_to_control_characters(self) -> None:
        text = "".join(map(chr, range(1, 32))) + "\x7f\x85"
        for form in "&#{:d};", "&#x{:x};", "&#x000{:X};":
            written = "".join(form.format(ord(char)) for char in text)
            self.assertEqual(texts(f"<?xml version='1.1'?><a>{written}</a>"), [("a", text)])

    def test_references_that_are_none(self) -> None:
        self.assertEqual(
            texts("<a><![CDATA[&#27;]]>&#27;<!-- &#27; -->x</a>"), [("a", "&#27;\x1bx")]
        )
        self.assertEqual(texts("<a>&amp;#27;&#27;</a>"), [("a", "&#27;\x1b")])

    def test_private_characters_stay_what_they_are(self) -> None:
        for char in ("\U000f0001", "\U000f001b", "\U000f0041"):
            for written in (char, f"&#{ord(char)};", f"&#x{ord(char):X};"):
                self.assertEqual(texts(f"<a>{written}&#1;&#27;</a>"), [("a", f"{char}\x01\x1b")])

    def test_a_document_that_uses_every_private_character(self) -> None:
        text = "".join(chr(0xF0000 + 64 * block) for block in range(64))
        self.assertRaises(XmlError, texts, f"<a>{text}&#1;</a>")
        self.assertEqual(texts(f"<a>{text}</a>"), [("a", text)])

    def test_a_long_text(self) -> None:
        text = "é" * MAX_TEXT
        self.assertEqual(texts(f"<a>{text}</a>"), [("a", text)])
        *_, end = read_xml(f"<a>{text}more</a>".encode())
        assert isinstance(end, End)
        self.assertTrue(end.is_cut)


class RefusalTests(SynchronousTestCase):
    def why(self, content: bytes | str) -> str:
        error = self.assertRaises(XmlError, texts, content)
        self.assertNotIn(CANARY, str(error))
        return str(error)

    def test_document_types(self) -> None:
        bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
        for inside in (
            "",
            " SYSTEM 'file:///etc/passwd'",
            f" [<!ENTITY e0 '{CANARY}'>{bomb}]",
            " [<!ENTITY x SYSTEM 'file:///etc/passwd'>]",
            " [<!ENTITY % x SYSTEM 'http://127.0.0.1/'>%x;]",
        ):
            self.assertIn("DOCTYPE", self.why(f"<!DOCTYPE a{inside}><a>&x;&e8;</a>"))

    def test_what_is_not_xml(self) -> None:
        for text, line in (
            ("", 1),
            (CANARY, 1),
            (f"<a>\n{CANARY}</b>", 2),
            (f"<?xml version='1.1'\n?>\n<a>{CANARY}", 3),
            ("<a>&undefined;</a>", 1),
            ("<a>\x1b</a>", 1),
            ("<a>&#xD800;</a>", 1),
            ("<a/><b/>", 1),
            ("<a x='1' x='2'/>", 1),
        ):
            self.assertIn(f"is not XML, at line {line}", self.why(text))
        self.assertIn("is not XML", self.why(b"<a>\xff</a>"))

    def test_other_encodings(self) -> None:
        for name in ("UTF-16", "UTF-7", "nonsense", "cp1252"):
            self.assertIn("encoding", self.why(f"<?xml version='1.0' encoding='{name}'?><a/>"))

    def test_depth(self) -> None:
        self.assertEqual(len(texts("<a>" * 200 + "x" + "</a>" * 200)), 1)
        self.assertIn("nested too deeply", self.why("<a>" * 100_000))

    def test_what_the_parser_would_keep(self) -> None:
        names = "".join(f"<e{number}/>" for number in range(6000))
        self.assertIn("different names", self.why(f"<a>{names}</a>"))
        attributes = "".join(f" a{number}=''" for number in range(50_000))
        self.assertIn("too long", self.why(f"<a{attributes}/>"))
        self.assertIn("too long", self.why(f"<a><!--{'x' * 100_000}--></a>"))

    def test_what_stood_before_is_yielded(self) -> None:
        events = read_xml(b"<a><b>x</b>" + b"\n" * 40_000 + b"</c>")
        self.assertEqual(next(events), Start("a", {}))


class BoundsTests(SynchronousTestCase):
    def test_memory_is_in_proportion(self) -> None:
        for piece, size in {
            "<a/>": 1 << 16,
            "<a b='c'/>": 1 << 16,
            "&#1;": 1 << 15,
            "\n": 1 << 18,
            "&amp;": 1 << 18,
            "\U0001f600": 1 << 18,
            "<![CDATA[x]]>": 1 << 16,
        }.items():
            content = f"<a>{piece * (size // len(piece.encode()))}</a>".encode()
            self.assertLess(peak_of(events(content)), 10 * len(content), piece)

    def test_the_number_of_elements(self) -> None:
        self.patch(_xml, "_MAX_ELEMENTS", 100)
        texts(f"<a>{'<b/>' * 99}</a>")
        self.assertRaises(XmlError, texts, f"<a>{'<b/>' * 100}</a>")

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_mutated_file_is_read_or_refused(self, data: st.DataObject) -> None:
        content = folder(user_password("a", "b", secret(CANARY)), "<c>&#27;ä</c>")
        begin = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(begin, min(len(content), begin + 20)))
        new = data.draw(
            st.sampled_from((b"", b"<", b">", b"&#1;", b"<!DOCTYPE a>", b"\xff", b"]]>"))
        )
        try:
            texts(content[:begin] + new + content[end:])
        except XmlError as error:
            self.assertNotIn(CANARY, str(error))
