from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.commands._old_workers import (
    logs_marked_arguments,
    move_to_environment,
)
from buildbot_keychain.buildbot.commands._worker_log import hide_from_worker_log
from buildbot_keychain.redaction import Redactor
from tests.support.commands import VALUE, Command, replace_variables

SHOW = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"


class VersionTests(TestCase):
    def test_versions(self) -> None:
        for version in ("4.0.0", "4.2.1", "4.2.1.dev3", "3.11.9", None, "(unknown)", "latest"):
            self.assertTrue(logs_marked_arguments(version), version)
        for version in ("4.3.0", "4.3.0.dev1", "4.10.2", "5.0"):
            self.assertFalse(logs_marked_arguments(version), version)


class MoveToEnvironmentTests(TestCase):
    def run_it(self, marked: list[Any]) -> tuple[list[str], dict[str, str]]:
        """Return the arguments and environment of a program that is run in this way."""
        python = [sys.executable, "-c", SHOW]
        argv, variables = move_to_environment([*python, *marked])
        self.assertNotIn(VALUE, repr(argv))
        variables = {name: replace_variables(value, {}) for name, value in variables.items()}
        output = subprocess.run(argv, env=variables, check=True, capture_output=True).stdout
        arguments, environment = json.loads(output)
        return arguments, environment

    def test_the_program_gets_its_arguments_and_no_more(self) -> None:
        values = [VALUE, f"a b '\"$HOME`x`\\ {VALUE}\n", f"${{HOME}}$${{x}}{VALUE}${{", "", "-n"]
        marked = [("obfuscated", values[0], "<token>"), *values[3:]]
        marked += [("obfuscated", value, "<token>") for value in values[1:3]]
        arguments, environment = self.run_it([*marked, *(str(n) for n in range(20))])
        expected = [values[0], *values[3:], *values[1:3], *(str(n) for n in range(20))]
        self.assertEqual(arguments, expected)
        self.assertEqual([name for name in environment if "KEYCHAIN" in name], [])


class HideFromWorkerLogTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor()
        self.redactor.add("token", VALUE)

    def hide(self, **args: Any) -> dict[str, Any]:
        command = Command(**args)
        command.conn = SimpleNamespace(info={"version": "4.0.0"})
        return hide_from_worker_log(self.redactor.seen_by(None), command)[0]

    def test_secrets_go_by_the_environment_which_is_not_logged(self) -> None:
        for argv in (["echo", VALUE], f"echo {VALUE}"):
            args = self.hide(command=argv, env={"A": "b"}, logEnviron=True)
            self.assertNotIn(VALUE, repr(args["command"]))
            self.assertIn(VALUE, "".join(args["env"].values()))
            self.assertEqual((args["env"]["A"], args["logEnviron"]), ("b", False))

    def test_other_commands_are_sent_as_they_are(self) -> None:
        args = {"command": ["echo", "x"], "env": {"A": "b"}, "logEnviron": True}
        self.assertEqual(self.hide(**args), args)
