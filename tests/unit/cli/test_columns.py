"""What depends on a value that changes, and the lists against Buildbot's own tables."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli.scrub import columns

try:
    from buildbot.db.base import DBConnectorComponent
    from buildbot.db.model import Model
except ImportError:
    Model = DBConnectorComponent = None


class BuildbotTests(SynchronousTestCase):
    """The lists name what there is, and miss nothing that Buildbot hashes."""

    def setUp(self) -> None:
        if Model is None:
            msg = "Buildbot is not installed"
            raise SkipTest(msg)
        self.tables = Model.metadata.tables

    def test_every_table_is_known(self) -> None:
        self.assertEqual(set(self.tables) - columns.TABLES, set())

    def test_what_is_hashed_is_kept_or_hashed_anew(self) -> None:
        hashed = {
            name
            for name, table in self.tables.items()
            if any(column.name.endswith("_hash") for column in table.columns)
        }
        self.assertEqual(hashed - {"sourcestamps"} - set(columns.KEPT), set())
        for name in hashed - {"sourcestamps"}:
            self.assertIn("name", columns.KEPT[name])

    def test_what_is_unique_is_kept_or_made_unique(self) -> None:
        for name, table in self.tables.items():
            for index in table.indexes:
                for column in index.columns if index.unique else ():
                    if column.type.python_type is str and columns.is_checked(name, column.name):
                        safe = columns.is_kept(name, column.name) or (name, column.name) in {
                            ("build_data", "name"), ("logs", "slug"), ("steps", "name"),
                        }  # fmt: skip
                        self.assertTrue(safe, f"{name}.{column.name}")

    def test_a_source_stamp_has_buildbots_digest(self) -> None:
        row: dict[str, Any] = {
            "id": 5, "branch": None, "revision": "r", "repository": "https://u:x@h", "project": "p",
            "codebase": "", "patchid": 3, "ss_hash": "",
        }  # fmt: skip
        changes = {"repository": "https://u:<t>@h"}
        columns.completed("sourcestamps", row, changes, 0)
        expected = DBConnectorComponent.hashColumns(None, None, "r", "https://u:<t>@h", "p", "", 3)
        self.assertEqual(changes["ss_hash"], expected)
        columns.completed("sourcestamps", row, changes, 1)
        self.assertNotEqual(changes["ss_hash"], expected)


class CompletionTests(SynchronousTestCase):
    """Lengths, slugs, and names that must differ."""

    def test_build_data_has_its_length(self) -> None:
        changes: dict[str, Any] = {"value": b"12345"}
        columns.completed("build_data", {}, changes, 0)
        self.assertEqual(changes["length"], 5)

    def test_a_slug_stays_an_identifier(self) -> None:
        changes = {"slug": "log_<deploy/token>"}
        columns.completed("logs", {}, changes, 0)
        self.assertEqual(changes["slug"], "log__deploy_token_")

    def test_a_name_that_is_taken_gets_a_number_and_still_fits(self) -> None:
        changes = {"name": "x" * 50}
        columns.completed("steps", {}, changes, 12)
        self.assertEqual(changes["name"], "x" * 47 + "_12")

    def test_nothing_can_be_done_for_other_columns(self) -> None:
        self.assertRaises(LookupError, columns.completed, "changes", {}, {"author": "a"}, 1)

    def test_tables_of_others_are_reported_only(self) -> None:
        self.assertTrue(columns.is_kept("wiki_pages", "body"))
        self.assertFalse(columns.is_kept("steps", "name"))
