"""The command line of ``scrub``: what is missing, and what does not fit together."""

from __future__ import annotations

import argparse
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.scrub import _arguments

FILE = ("--file", "token=/run/token")


class ArgumentTests(SynchronousTestCase):
    def parse(self, *arguments: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        _arguments.add_arguments(parser)
        return parser.parse_args(arguments)

    def test_missing_arguments_are_named(self) -> None:
        for arguments, message in (
            ((), "add --file NAME=PATH or --config"),
            (FILE, "add --db-url, --config or --no-database"),
            ((*FILE, "--no-database"), "--no-database needs --text"),
            ((*FILE, "--db-url", "x", "--resume", "f"), "--resume needs --write"),
        ):
            error = self.assertRaises(UsageError, _arguments.check, self.parse(*arguments))
            self.assertIn(message, str(error))

    def test_what_is_enough(self) -> None:
        for arguments in (
            ("--config", "master.cfg"),
            (*FILE, "--db-url", "sqlite:///state.sqlite", "--write", "--resume", "f"),
            (*FILE, "--no-database", "--text", "twistd.log.1"),
        ):
            _arguments.check(self.parse(*arguments))

    def test_text_files_add_up(self) -> None:
        arguments = self.parse("--text", "a", "b", "--text", "c")
        self.assertEqual(arguments.text, [Path("a"), Path("b"), Path("c")])
