"""``buildbot-keychain man``."""

from __future__ import annotations

import re
import shutil
import subprocess

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli._parser import build_parser
from tests.support.keychain_command import run_here


class ManTests(SynchronousTestCase):
    def setUp(self) -> None:
        ended = run_here("man")
        self.assertEqual((ended.status, ended.err), (0, ""))
        self.page = ended.out

    def test_all_commands_with_their_options(self) -> None:
        sections = dict(re.findall(r"(?ms)^\.SS (\S+)\n(.*?)(?=^\.S[SH] )", self.page))
        commands = build_parser().commands
        self.assertEqual(sorted(sections), sorted(map(_escaped, commands)))
        for name, command in commands.items():
            for action in command._actions:
                for option in action.option_strings:
                    if option not in {"-h", "--help"}:
                        self.assertIn(rf"\fB{_escaped(option)}\fR", sections[_escaped(name)])

    def test_no_line_is_taken_for_a_request(self) -> None:
        known = {"TH", "SH", "SS", "PP", "TP", "nf", "fi"}
        lines = [line for line in self.page.splitlines() if line.startswith((".", "'"))]
        self.assertEqual({line[1:].split()[0] for line in lines} - known, set())

    def test_it_can_be_formatted(self) -> None:
        groff = shutil.which("groff")
        if groff is None:
            raise SkipTest("there is no groff on this machine")
        done = subprocess.run(
            [groff, "-man", "-Tutf8", "-ww", "-P-c"],
            input=self.page.encode(),
            capture_output=True,
            check=True,
        )
        self.assertEqual(done.stderr, b"")
        self.assertIn("buildbot-keychain", done.stdout.decode())


def _escaped(text: str) -> str:
    return text.replace("-", "\\-")
