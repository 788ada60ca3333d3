"""Commands, where they are sent or run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot_keychain.buildbot import Secret, _context
from buildbot_keychain.buildbot.patches import replacements
from buildbot_keychain.errors import RenderingError
from tests.support.commands import Command
from tests.support.replacement_case import VALUE, ReplacementTestCase


class CommandTests(ReplacementTestCase):
    """Commands of steps."""

    def start(self, master: Any) -> Command:
        command: Any = Command(command=["echo", VALUE], env={"T": VALUE}, logEnviron=True)
        command.headers = []
        command.addHeader = command.headers.append
        command.master = master
        replacements.start_command(self.original)(command)
        return command

    def test_what_the_worker_would_log(self) -> None:
        command: Any = self.start(self.kept)
        self.assertEqual(command.args["command"][1], ("obfuscated", VALUE, "<token>"))
        self.assertIn("T=<token>", "".join(command.headers))
        self.assertEqual(self.start(self.plain).args["command"], ["echo", VALUE])
        self.assertEqual(len(self.calls), 2)

    def test_commands_outside_of_steps(self) -> None:
        command: Any = Command(command=["echo", VALUE])
        command.step = None
        replacements.start_command(self.original)(command)
        self.assertEqual(command.args["command"], ["echo", VALUE])

    def test_the_environment_of_a_command_of_the_master(self) -> None:
        self.keychain.redactor.add("odd", "s3cr3t${HOME}t0ken")
        self.keychain.given.give(self.build, "odd")
        run = replacements.run_on_master(self.original)
        for master, sent in ((self.kept, "s3cr3t$${}{HOME}t0ken"), (self.plain, None)):
            environment = {"X": "s3cr3t${HOME}t0ken"}
            step = SimpleNamespace(master=master, build=self.build, env=environment)
            self.assertEqual(run(step), "original")
            self.assertEqual(step.env["X"], sent or "s3cr3t${HOME}t0ken")
        self.assertEqual(run(SimpleNamespace(master=self.kept, env=None)), "original")

    def test_a_command_with_a_renderable_is_not_sent(self) -> None:
        _context.register()
        command: Any = Command(command=["x", Secret("ann")])
        vars(command).update(master=self.kept, remote_command="shell")
        start = replacements.start_command(self.original)
        self.assertRaises(RenderingError, start, command)
        self.assertEqual(self.calls, [])
