"""The file that says how far a scrub has come."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.outcome import Stop
from buildbot_keychain.cli.scrub.position import Position

TABLES = ["builds", "steps", "logchunks"]


class PositionTests(SynchronousTestCase):
    """A file in a directory of its own."""

    def setUp(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="keychain-test-"))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.path = directory / "position"

    def test_it_begins_at_the_beginning(self) -> None:
        position = Position(self.path, "db", ["token"])
        self.assertFalse(position.resumed)
        self.assertEqual([position.after(t, TABLES) for t in TABLES], [(True, None)] * 3)

    def test_it_goes_on_where_it_was(self) -> None:
        Position(self.path, "db", ["b", "a"]).reached("steps", 17)
        position = Position(self.path, "db", ["a", "b"])
        self.assertTrue(position.resumed)
        self.assertEqual(
            [position.after(t, TABLES) for t in TABLES], [(False, None), (True, 17), (True, None)]
        )

    def test_it_is_gone_at_the_end(self) -> None:
        position = Position(self.path, "db", ["token"])
        position.reached("steps", 17)
        position.done()
        self.assertFalse(self.path.exists())

    def test_it_is_for_one_database_and_its_secrets_only(self) -> None:
        Position(self.path, "db", ["token"]).reached("steps", 17)
        for database, names in (("other", ["token"]), ("db", ["token", "more"])):
            error = self.assertRaises(Stop, Position, self.path, database, names)
            self.assertIn("remove it to begin anew", str(error))

    def test_any_other_file_is_refused(self) -> None:
        self.path.write_text("notes")
        self.assertRaises(Stop, Position, self.path, "db", ["token"])

    def test_without_a_file_nothing_is_noted(self) -> None:
        position = Position(None, "db", ["token"])
        position.reached("steps", 17)
        position.done()
        self.assertFalse(self.path.exists())
