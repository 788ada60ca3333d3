"""The pages about the commands match the code."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli.scrub._schema import KEPT

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def rows(page: str) -> list[tuple[str, str]]:
    """Return the rows of all tables of two columns."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    return re.findall(r"^\| (.*?) \| (.*?) \|$", text, re.MULTILINE)


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
