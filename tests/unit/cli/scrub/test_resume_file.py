"""`ResumeFile`: the note of how far a scrub has come."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import CommandError
from buildbot_keychain.cli.scrub._resume_file import ResumeFile

TABLES = ["builds", "steps", "logchunks"]


class ResumeFileTests(SynchronousTestCase):
    """A file in a directory of its own."""

    def setUp(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="keychain-test-"))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.path = directory / "position"

    def test_it_starts_at_the_beginning(self) -> None:
        resume = ResumeFile(self.path, "db", ["token"])
        self.assertFalse(resume.is_resumed)
        self.assertEqual([resume.position_in(t, TABLES) for t in TABLES], [(True, None)] * 3)

    def test_it_continues_where_it_was(self) -> None:
        ResumeFile(self.path, "db", ["b", "a"]).note("steps", 17)
        resume = ResumeFile(self.path, "db", ["a", "b"])
        self.assertTrue(resume.is_resumed)
        self.assertEqual(
            [resume.position_in(t, TABLES) for t in TABLES],
            [(False, None), (True, 17), (True, None)],
        )

    def test_it_is_removed_at_the_end(self) -> None:
        resume = ResumeFile(self.path, "db", ["token"])
        resume.note("steps", 17)
        resume.remove()
        self.assertFalse(self.path.exists())

    def test_it_is_for_one_database_and_set_of_secrets(self) -> None:
        ResumeFile(self.path, "db", ["token"]).note("steps", 17)
        for database, names in (("other", ["token"]), ("db", ["token", "more"])):
            error = self.assertRaises(CommandError, ResumeFile, self.path, database, names)
            self.assertIn("remove it to start from the beginning", str(error))

    def test_any_other_file_is_rejected(self) -> None:
        self.path.write_text("notes")
        self.assertRaises(CommandError, ResumeFile, self.path, "db", ["token"])

    def test_without_a_file_nothing_is_written(self) -> None:
        resume = ResumeFile(None, "db", ["token"])
        resume.note("steps", 17)
        resume.remove()
        self.assertFalse(self.path.exists())
