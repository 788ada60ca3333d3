"""Questions to the person at the terminal."""

from __future__ import annotations

import os
import pty
import termios
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import CommandError, UsageError, _prompt
from tests.support.store_commands import Person

CANARY = "canary hunter2 ü"


class PromptTests(SynchronousTestCase):
    def answering(self, *answers: str) -> Person:
        person = Person(answers)
        self.addCleanup(person.leave)
        self.patch(_prompt, "TERMINAL", person.path)
        return person

    def test_a_hidden_answer_is_not_shown(self) -> None:
        person = self.answering(CANARY)
        self.assertEqual(_prompt.ask_hidden("value"), CANARY)
        self.assertNotIn(b"canary", person.seen)

    def test_the_echo_is_as_it_was(self) -> None:
        person = self.answering(CANARY)
        terminal = os.open(person.path, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, terminal)
        before = termios.tcgetattr(terminal)
        _prompt.ask_hidden("value")
        self.assertEqual(termios.tcgetattr(terminal), before)

    def test_twice(self) -> None:
        self.answering("one", "two", CANARY, CANARY)
        self.assertEqual(_prompt.ask_hidden_twice("value"), CANARY)

    def test_different_each_time(self) -> None:
        self.answering("1", "2", "3", "4", "5", "6")
        error = self.assertRaises(CommandError, _prompt.ask_hidden_twice, "value")
        self.assertIn("nothing was changed", str(error))

    def test_the_end_of_the_input(self) -> None:
        self.answering("\x04")
        self.assertRaises(CommandError, _prompt.ask_hidden, "value")

    def test_a_line_that_a_terminal_cuts(self) -> None:
        self.answering("x" * 5000)
        error = self.assertRaises(CommandError, _prompt.ask_hidden, "value")
        self.assertIn("--file", str(error))

    def test_no_terminal(self) -> None:
        self.patch(_prompt, "TERMINAL", Path("/nonexistent"))
        self.assertRaises(_prompt.NoTerminalError, _prompt.ask_hidden, "value")
        self.assertFalse(_prompt.is_possible())

    def test_a_confirmation(self) -> None:
        for answer in ("y", "YES "):
            self.answering(answer)
            _prompt.require_confirmed("remove it?", yes=False)
        for answer in ("", "n", "yeah"):
            self.answering(answer)
            self.assertRaises(CommandError, _prompt.require_confirmed, "remove it?", yes=False)

    def test_a_confirmation_without_a_terminal(self) -> None:
        self.patch(_prompt, "TERMINAL", Path("/nonexistent"))
        error = self.assertRaises(UsageError, _prompt.require_confirmed, "remove it?", yes=False)
        self.assertIn("--yes", str(error))
        _prompt.require_confirmed("remove it?", yes=True)

    def test_what_is_not_a_terminal(self) -> None:
        master, slave = pty.openpty()
        path = Path(os.ttyname(slave))
        for descriptor in (master, slave):
            os.close(descriptor)
        self.patch(_prompt, "TERMINAL", path)
        self.assertRaises(CommandError, _prompt.ask_hidden, "value")
