"""What a terminal may be shown."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli._text import Colour, coloured, counted, printable


class TextTests(SynchronousTestCase):
    def test_what_moves_a_cursor_is_shown_as_an_escape(self) -> None:
        self.assertEqual(printable("a\x1b[2J\r\nü\u202e"), "a\\x1b[2J\\r\\nü\\u202e")

    def test_one_is_not_many(self) -> None:
        for number, text in ((0, "0 notes"), (1, "1 note"), (2, "2 notes"), (1234, "1,234 notes")):
            self.assertEqual(counted(number, "note"), text)

    def test_no_colour_in_a_pipe(self) -> None:
        self.assertEqual(coloured("a", Colour.PROBLEM), "a")
