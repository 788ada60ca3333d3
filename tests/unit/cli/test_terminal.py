"""Messages and progress."""

from __future__ import annotations

import io

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli._terminal import Terminal, format_size


class TerminalTests(SynchronousTestCase):
    """With a stream and a clock that the tests set."""

    def setUp(self) -> None:
        self.stream = io.StringIO()
        self.now = 0.0

    def terminal(self, *, show_status: bool) -> Terminal:
        return Terminal(self.stream, show_status=show_status, clock=lambda: self.now)

    def test_nothing_is_drawn_without_a_terminal(self) -> None:
        terminal = self.terminal(show_status=False)
        terminal.progress_bar(1, 2, "steps")
        terminal.clear_status()
        self.assertEqual(self.stream.getvalue(), "")

    def test_a_quiet_one_prints_results_only(self) -> None:
        terminal = Terminal(self.stream, show_status=True, quiet=True)
        terminal.status("working")
        terminal.message("something to know")
        terminal.result("found")
        self.assertEqual(self.stream.getvalue(), "found\n")

    def test_names_do_nothing_to_the_terminal(self) -> None:
        terminal = self.terminal(show_status=True)
        terminal.status("\x1b[8m")
        terminal.message("a\x1b[2J\nb")
        shown = "\r\x1b[K\\x1b[8m\r\x1b[Kbuildbot-keychain: a\\x1b[2J\\nb\n"
        self.assertEqual(self.stream.getvalue(), shown)

    def test_nothing_is_coloured(self) -> None:
        terminal = self.terminal(show_status=True)
        terminal.progress_bar(1, 2, "steps")
        terminal.message("done")
        self.assertNotRegex(self.stream.getvalue(), "\x1b\\[[0-9;]*m")

    def test_a_bar_is_not_redrawn_at_once(self) -> None:
        terminal = self.terminal(show_status=True)
        terminal.progress_bar(1, 4, "steps")
        terminal.progress_bar(2, 4, "steps")
        self.now = 1.0
        terminal.progress_bar(4, 4, "logs")
        drawn = self.stream.getvalue().split("\r")
        self.assertEqual(len(drawn), 3)
        self.assertIn("[######..................]  25% steps", drawn[1])
        self.assertIn("[########################] 100% logs", drawn[2])

    def test_a_message_replaces_the_status(self) -> None:
        terminal = self.terminal(show_status=True)
        terminal.status("status")
        terminal.message("done")
        self.assertTrue(self.stream.getvalue().endswith("\r\x1b[Kbuildbot-keychain: done\n"))

    def test_sizes(self) -> None:
        self.assertEqual(
            [format_size(n) for n in (0, 999, 12_340, 5_000_000)],
            ["0 B", "999 B", "12.3 kB", "5.0 MB"],
        )
