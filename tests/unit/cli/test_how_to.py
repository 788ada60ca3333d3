"""The pages on the commands say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli.outcome import Exit
from buildbot_keychain.cli.scrub.columns import KEPT

HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to"


def rows(page: str) -> list[tuple[str, str]]:
    """Give the rows of all tables of two columns."""
    path = HOW_TO / page
    if not path.exists():
        msg = "the documentation is not there"
        raise SkipTest(msg)
    return re.findall(r"^\| (.*?) \| (.*?) \|$", path.read_text(encoding="utf-8"), re.MULTILINE)


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
        self.assertEqual(numbers, {int(status) for status in Exit})


class RedactPageTests(SynchronousTestCase):
    """`redact-a-pipe.md`."""

    def test_its_exit_statuses_exist(self) -> None:
        numbers = {int(left) for left, _ in rows("redact-a-pipe.md") if left.isdigit()}
        self.assertEqual(numbers, {Exit.DONE, Exit.USAGE, Exit.STOPPED, Exit.INTERRUPTED})
