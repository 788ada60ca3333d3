"""The forms by which secrets are changed, as browsers send them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.values import MAX_SIZE
from buildbot_keychain.web import Refused
from buildbot_keychain.web import _change_forms as forms
from tests.support.page_routes import NO_VALUE

DAY = 86_400
KNOWN = Metadata(
    1,
    description="of the registry\nand more",
    tags=("a", "b"),
    allowed=("release-*", "x"),
    expires=1_800_000_000,
    redact=False,
)


def as_a_browser_sends(text: str) -> str:
    """Return what is sent of the text of a field of several lines (HTML, "normalized newlines")."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


class ValueTests(SynchronousTestCase):
    def value(self, **fields: Any) -> Any:
        return forms.value({**NO_VALUE, **fields})

    def refused(self, **fields: Any) -> Any:
        refused: Any = self.assertRaises(Refused, self.value, **fields)
        self.assertNotIn("canary", refused.sentence)
        return refused.status, refused.sentence

    def test_none(self) -> None:
        for fields in (
            {},
            {"text": "\r\n"},
            {"length": "9"},
            {"alphabet": "hex"},
            {"file": "\n"},
            {"file": b""},
        ):
            self.assertIsNone(self.value(**fields))

    def test_one_line(self) -> None:
        self.assertEqual(self.value(line=" a b "), " a b ")

    def test_several_lines(self) -> None:
        key = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"
        for text in (key, key.rstrip("\n"), key.replace("\n", "\r\n")):
            self.assertEqual(self.value(text=as_a_browser_sends(text)), key)
        self.assertEqual(self.value(text="alone\r\n"), "alone")

    @given(st.text(st.sampled_from("ab \t\n"), min_size=1))
    def test_lines_are_what_was_typed(self, text: str) -> None:
        """But for the end of the last one."""
        found = self.value(text=as_a_browser_sends(text)) or ""
        self.assertEqual(found.rstrip("\n"), text.rstrip("\n"))
        self.assertEqual(found.endswith("\n"), "\n" in text.removesuffix("\n"))
        self.assertNotIn("\r", found)

    def test_a_file(self) -> None:
        for sent, stored in ((b"alone\n", b"alone\n"), ("sent as text\n", "sent as text")):
            self.assertEqual(self.value(file=sent), stored)

    def test_one_that_is_made(self) -> None:
        made = self.value(generate="password", length="9", alphabet="hex")
        self.assertEqual(made, Recipe("password", 9, "hex"))
        self.assertEqual(self.value(generate="ssh", alphabet="full"), Recipe("ssh"))

    def test_what_makes_no_sense(self) -> None:
        for fields in (
            {"line": "canary", "text": "x"},
            {"line": "canary", "file": b"x"},
            {"line": "canary", "generate": "token"},
            {"generate": "canary"},
            {"generate": "password", "length": "canary"},
            {"generate": "password", "length": "99999"},
        ):
            self.assertEqual(self.refused(**fields)[0], 400, fields)
        for name, long in (("line", "x" * (MAX_SIZE + 1)), ("file", b"x" * (MAX_SIZE + 1))):
            self.assertEqual(self.refused(**{name: long})[0], 422)
        self.assertEqual(len(self.value(file=b"x" * MAX_SIZE)), MAX_SIZE)


class AboutTests(SynchronousTestCase):
    def changes(self, known: Metadata = KNOWN, **fields: Any) -> dict[str, Any]:
        shown = {name: as_a_browser_sends(text) for name, text in forms.shown(known).items()}
        return forms.metadata({**shown, **fields}, known, 1_700_000_000)

    def test_a_form_as_it_was_shown_changes_nothing(self) -> None:
        for known in (KNOWN, Metadata(0), Metadata(0, allowed=(), expires=1 << 62)):
            self.assertEqual(self.changes(known), {})

    def test_each_field(self) -> None:
        tried: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"description": "new\r\nlines"}, {"description": "new\nlines"}),
            ({"tags": " c, a ,,"}, {"tags": ["a", "c"]}),
            ({"expires": "2027-02-01"}, {"expires": 1_801_440_000}),
            ({"expires": ""}, {"expires": None}),
            ({"limit": "policy"}, {"allowed": None}),
            ({"allowed": "y\r\n\r\n z \r\n"}, {"allowed": ("y", "z")}),
            ({"allowed": ""}, {"allowed": ()}),
            ({"redact": "yes"}, {"redact": True}),
        ]
        for fields, changes in tried:
            self.assertEqual(self.changes(**fields), changes)

    def test_what_makes_no_sense(self) -> None:
        wrong: list[dict[str, Any]] = [
            {"limit": "all"},
            {"redact": ""},
            {"expires": "tomorrow"},
            {"expires": "2020-01-01"},
            {"expires": "2027-13-01"},
        ]
        for fields in wrong:
            self.assertRaises(Refused, self.changes, **fields)
