"""The commands as processes: what other users see of them, and what ends them early.

A process takes a second or more to start, so each of these tests is about several things.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.at_terminal import AtTerminal
from tests.support.keychain_command import COMMAND, run_unread
from tests.support.store_commands import StoreCommandCase

CANARY = "canary-pB7mZ9qX2vL5nR8tW4yK"


class ProcessTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def at_terminal(self, *arguments: str, program: Sequence[str] = COMMAND) -> AtTerminal:
        command = AtTerminal([*program, *arguments], {**os.environ, "NO_COLOR": "1"})
        self.addCleanup(command.close)
        return command

    def content(self) -> bytes:
        """Return all files of the test, in which no value can be read."""
        return b"".join(path.read_bytes() for path in self.base.rglob("*") if path.is_file())

    def test_a_value_is_typed(self) -> None:
        """It is in no argument, no variable, not on the screen, and in no file."""
        command = self.at_terminal("set", "deploy/token")
        command.wait_for(b"value of 'deploy/token': ")
        self.assertFalse(command.has_echo())
        command.type(f"{CANARY}\n")
        command.wait_for(b"again: ")
        self.assertFalse(command.has_echo())
        found = b"".join(command.files().values())
        command.type(f"{CANARY}\n")
        self.assertEqual(command.end(), 0)
        self.assertIn(b"deploy/token: version 1 is set", command.shown)
        for seen in (command.shown, found, self.content()):
            self.assertFalse(b"canary" in seen)
        self.assertEqual(self.value("deploy/token"), CANARY)

    def test_ctrl_c_at_a_prompt(self) -> None:
        """Nothing has changed, and the terminal is as it was."""
        self.set("a", "old")
        before = self.open().secrets.history("a")
        command = self.at_terminal("set", "a", "--replace")
        command.wait_for(b"value of 'a': ")
        command.type(CANARY)
        command.type("\x03")
        self.assertEqual(command.end(), -signal.SIGINT)
        self.assertIn(b"interrupted", command.shown)
        self.assertFalse(b"canary" in command.shown or b"Traceback" in command.shown)
        self.assertEqual(self.open().secrets.history("a"), before)

    def test_a_prompt_that_is_terminated(self) -> None:
        """A shell reads its next line from the same terminal, and must show it."""
        script = f"{shlex.join(COMMAND)} set a; stty -a < /dev/tty; echo the end"
        command = self.at_terminal(program=["/bin/sh", "-c", script])
        command.wait_for(b"value of 'a': ")
        self.assertFalse(command.has_echo())
        (child,) = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGTERM)
        command.wait_for(b"the end")
        self.assertTrue(command.has_echo())
        self.assertIn(b"susp = ^Z;", command.shown)

    def test_ctrl_backslash_at_a_prompt(self) -> None:
        """It would end the process, and leave the terminal without its echo."""
        script = f"trap : QUIT; {shlex.join(COMMAND)} set a; stty -a < /dev/tty; echo the end"
        command = self.at_terminal(program=["/bin/sh", "-c", script])
        command.wait_for(b"value of 'a': ")
        command.type("\x1c\n")
        command.wait_for(b"again: ")
        (child,) = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGQUIT)
        command.wait_for(b"the end")
        self.assertTrue(command.has_echo())
        self.assertIn(b"quit = ^\\;", command.shown)

    def test_what_destroys_is_confirmed(self) -> None:
        self.set("a", CANARY)
        command = self.at_terminal("rm", "a")
        command.wait_for(b"delete 'a'? [y/N] ")
        self.assertTrue(command.has_echo())
        command.type("\x04")
        self.assertEqual(command.end(), 4)
        self.assertIn(b"nothing was changed", command.shown)
        self.assertEqual(self.value("a"), CANARY)

    def test_a_terminal_needs_reveal(self) -> None:
        self.set("a", CANARY)
        command = self.at_terminal("get", "a")
        self.assertEqual(command.end(), 2)
        self.assertFalse(b"canary" in command.shown)

    def test_a_pipe_gets_the_value(self) -> None:
        self.set("a", f"{CANARY}\n{CANARY}\n")
        done = subprocess.run([*COMMAND, "get", "a"], capture_output=True, check=True)
        self.assertTrue(done.stdout.decode() == f"{CANARY}\n{CANARY}\n")
        self.assertEqual(done.stderr, b"")

    def test_a_closed_standard_input(self) -> None:
        command = f"{shlex.join([*COMMAND, 'set', 'a'])} <&-"
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (4, b""))
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn(b"standard input is closed", done.stderr)
        self.assertIsNone(self.value("a"))

    def test_a_pipe_that_closes(self) -> None:
        self.set("a", CANARY * 10_000)
        ended = run_unread("get", "a", cwd=self.base)
        self.assertEqual((ended.status, ended.err), (4, ""))
