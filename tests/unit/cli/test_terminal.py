"""Messages and progress."""

from __future__ import annotations

import io

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.terminal import Terminal, size


class TerminalTests(SynchronousTestCase):
    """A stream, and a clock that is set by hand."""

    def setUp(self) -> None:
        self.stream = io.StringIO()
        self.now = 0.0

    def terminal(self, *, drawing: bool) -> Terminal:
        return Terminal(self.stream, drawing=drawing, clock=lambda: self.now)

    def test_nothing_is_drawn_where_there_is_no_terminal(self) -> None:
        terminal = self.terminal(drawing=False)
        terminal.bar(1, 2, "steps")
        terminal.clear()
        self.assertEqual(self.stream.getvalue(), "")
        self.assertFalse(Terminal(self.stream).drawing)

    def test_a_bar_is_drawn_no_more_often_than_is_seen(self) -> None:
        terminal = self.terminal(drawing=True)
        terminal.bar(1, 4, "steps")
        terminal.bar(2, 4, "steps")
        self.now = 1.0
        terminal.bar(4, 4, "logs")
        drawn = self.stream.getvalue().split("\r")
        self.assertEqual(len(drawn), 3)
        self.assertIn("[######..................]  25% steps", drawn[1])
        self.assertIn("[########################] 100% logs", drawn[2])

    def test_a_message_takes_the_place_of_the_bar(self) -> None:
        terminal = self.terminal(drawing=True)
        terminal.show("status")
        terminal.say("done")
        self.assertTrue(self.stream.getvalue().endswith("\r\x1b[Kbuildbot-keychain: done\n"))

    def test_sizes(self) -> None:
        self.assertEqual(
            [size(n) for n in (0, 999, 12_340, 5_000_000)], ["0 B", "999 B", "12.3 kB", "5.0 MB"]
        )
