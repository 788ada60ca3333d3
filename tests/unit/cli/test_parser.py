"""The command line; what a person sees of it is in `test_main`."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli._parser import build_parser
from tests.support.keychain_command import run_here


class ParserTests(SynchronousTestCase):
    def test_each_command_knows_its_parser(self) -> None:
        parser = build_parser()
        for name, command in parser.commands.items():
            needed = [
                next(iter(action.choices or ["1"]))
                for action in command._actions
                if not action.option_strings and action.nargs in {None, "+"}
            ]
            self.assertIs(parser.parse([name, *needed]).command, command)

    def test_the_help_lists_all_commands_in_80_columns(self) -> None:
        self.patch(os, "environ", {**os.environ, "COLUMNS": "80"})
        out = run_here("--help").out
        for name in build_parser().commands:
            self.assertRegex(out, rf"(?m)^  {name} +\w")
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_an_option_before_the_command(self) -> None:
        error = self.assertRaises(SystemExit, build_parser().parse, ["--wrong", "scrub"])
        self.assertEqual(error.code, int(ExitStatus.USAGE))

    def test_what_may_be_a_value_is_not_repeated(self) -> None:
        for arguments in (["canary"], ["completion", "canary"]):
            ended = run_here(*arguments)
            self.assertEqual(ended.status, int(ExitStatus.USAGE))
            self.assertIn("invalid choice (choose from ", ended.err)
            self.assertNotIn("canary", ended.err)

    def test_what_may_be_a_value_is_not_repeated_where_it_does_not_fit(self) -> None:
        for arguments, expected in (
            (["get", "a", "--version", "canary\n2"], "--version: invalid int value; see"),
            (["rollback", "a", "canary"], "VERSION: invalid int value; see"),
            (["list", "--json=canary"], "--json: it takes no value; see"),
            (["list", "-qcanary"], "it takes no value; see"),
        ):
            ended = run_here(*arguments)
            self.assertEqual(ended.status, int(ExitStatus.USAGE))
            self.assertIn(expected, ended.err)
            self.assertNotIn("canary", ended.err)

    def test_names_may_stand_before_and_behind_options(self) -> None:
        for words, expected in (
            (["export", "age", "--to", "KEY", "a", "b"], ["a", "b"]),
            (["rm", "a", "--yes", "b"], ["a", "b"]),
            (["undo", "a", "--quiet", "b", "c"], ["a", "b", "c"]),
        ):
            self.assertEqual(build_parser().parse(words).names, expected)
        for words in (
            ["set", "a", "--quiet", "canary"],
            ["rm", "a", "--yes", "b", "--wrong"],
            ["scrub", "--text", "a", "--write", "canary"],
        ):
            self.assertRaises(SystemExit, build_parser().parse, words)

    def test_an_option_is_not_abbreviated(self) -> None:
        self.assertRaises(SystemExit, build_parser().parse, ["scrub", "--writ"])
