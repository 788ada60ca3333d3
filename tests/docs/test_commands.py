"""The pages about the commands match the code."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli._parser import build_parser
from buildbot_keychain.cli.scrub._schema import KEPT

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOW_TO = DOCS / "how-to"


def rows(page: str) -> list[tuple[str, str]]:
    """Return the rows of all tables of two columns."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    return re.findall(r"^\| (.*?) \| (.*?) \|$", text, re.MULTILINE)


class ReferenceTests(SynchronousTestCase):
    """`command-line.md`."""

    def setUp(self) -> None:
        self.page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
        self.commands = build_parser().commands

    def test_each_command_has_a_section(self) -> None:
        headings = re.findall(r"^#+ `buildbot-keychain ([\w-]+)\b", self.page, re.MULTILINE)
        self.assertEqual(sorted(headings), sorted(self.commands))

    def test_it_has_all_options_and_no_others(self) -> None:
        options = {
            name
            for command in self.commands.values()
            for action in command._actions
            for name in action.option_strings
            if name.startswith("--")
        }
        self.assertEqual({*re.findall(r"`(--[a-z-]+)", self.page), "--help"}, options)

    def test_its_exit_statuses_exist(self) -> None:
        numbers = {int(found) for found in re.findall(r"^\| (\d+) \|", self.page, re.MULTILINE)}
        self.assertEqual(numbers, {int(status) for status in ExitStatus})


class ScrubPageTests(SynchronousTestCase):
    """`scrub-a-database.md`."""

    def test_it_lists_every_column_that_is_kept(self) -> None:
        listed = {}
        for tables, columns in rows("scrub-a-database.md"):
            if tables.startswith("`"):
                for table in re.findall(r"`(\w+)`", tables):
                    listed[table] = tuple(re.findall(r"`(\w+)`", columns))
        self.assertEqual(listed, KEPT)

    def test_it_lists_every_exit_status(self) -> None:
        numbers = {int(left) for left, _ in rows("scrub-a-database.md") if left.isdigit()}
        self.assertEqual(numbers, {int(status) for status in ExitStatus})


class RedactPageTests(SynchronousTestCase):
    """`redact-a-pipe.md`."""

    def test_its_exit_statuses_exist(self) -> None:
        numbers = {int(left) for left, _ in rows("redact-a-pipe.md") if left.isdigit()}
        expected = {
            ExitStatus.SUCCESS,
            ExitStatus.USAGE,
            ExitStatus.FAILED,
            ExitStatus.INTERRUPTED,
        }
        self.assertEqual(numbers, expected)
