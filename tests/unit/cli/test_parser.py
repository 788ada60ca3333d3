"""The command line; what a person sees of it is in `test_main`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli._parser import build_parser


class ParserTests(SynchronousTestCase):
    def test_each_command_knows_its_parser(self) -> None:
        parser = build_parser()
        for name, command in parser.commands.items():
            words = [name, "bash"] if name == "completion" else [name]
            self.assertIs(parser.parse(words).command, command)

    def test_an_option_before_the_command(self) -> None:
        error = self.assertRaises(SystemExit, build_parser().parse, ["--wrong", "scrub"])
        self.assertEqual(error.code, int(ExitStatus.USAGE))

    def test_an_option_is_not_abbreviated(self) -> None:
        self.assertRaises(SystemExit, build_parser().parse, ["scrub", "--writ"])
