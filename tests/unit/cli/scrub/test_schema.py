"""What depends on a changed value, and our lists compared with Buildbot's own tables."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli.scrub import _schema as schema

try:
    from buildbot.db.base import DBConnectorComponent
    from buildbot.db.model import Model
except ImportError:
    Model = DBConnectorComponent = None


class BuildbotTests(SynchronousTestCase):
    """The lists miss nothing that Buildbot hashes or requires to be unique."""

    def setUp(self) -> None:
        if Model is None:
            msg = "Buildbot is not installed"
            raise SkipTest(msg)
        self.tables = Model.metadata.tables

    def test_every_table_is_known(self) -> None:
        self.assertEqual(set(self.tables) - schema.TABLES, set())

    def test_hashed_columns_are_kept_or_hashed_again(self) -> None:
        hashed = {
            name
            for name, table in self.tables.items()
            if any(column.name.endswith("_hash") for column in table.columns)
        }
        self.assertEqual(hashed - {"sourcestamps"} - set(schema.KEPT), set())
        for name in hashed - {"sourcestamps"}:
            self.assertIn("name", schema.KEPT[name])

    def test_unique_columns_are_kept_or_made_unique(self) -> None:
        for name, table in self.tables.items():
            for index in table.indexes:
                for column in index.columns if index.unique else ():
                    if column.type.python_type is str and schema.is_checked(name, column.name):
                        safe = schema.is_kept(name, column.name) or (name, column.name) in {
                            ("build_data", "name"), ("logs", "slug"), ("steps", "name"),
                        }  # fmt: skip
                        self.assertTrue(safe, f"{name}.{column.name}")

    def test_a_source_stamp_gets_the_digest_of_buildbot(self) -> None:
        row: dict[str, Any] = {
            "id": 5, "branch": None, "revision": "r", "repository": "https://u:x@h", "project": "p",
            "codebase": "", "patchid": 3, "ss_hash": "",
        }  # fmt: skip
        changes = {"repository": "https://u:<t>@h"}
        schema.update_dependents("sourcestamps", row, changes, 0)
        expected = DBConnectorComponent.hashColumns(None, None, "r", "https://u:<t>@h", "p", "", 3)
        self.assertEqual(changes["ss_hash"], expected)
        schema.update_dependents("sourcestamps", row, changes, 1)
        self.assertNotEqual(changes["ss_hash"], expected)


class DependentsTests(SynchronousTestCase):
    """Lengths, slugs and names that must be unique."""

    def test_build_data_gets_its_new_length(self) -> None:
        changes: dict[str, Any] = {"value": b"12345"}
        schema.update_dependents("build_data", {}, changes, 0)
        self.assertEqual(changes["length"], 5)

    def test_a_slug_stays_an_identifier(self) -> None:
        changes = {"slug": "log_<deploy/token>"}
        schema.update_dependents("logs", {}, changes, 0)
        self.assertEqual(changes["slug"], "log__deploy_token_")

    def test_a_name_that_is_taken_gets_a_number_and_still_fits(self) -> None:
        changes = {"name": "x" * 50}
        schema.update_dependents("steps", {}, changes, 12)
        self.assertEqual(changes["name"], "x" * 47 + "_12")

    def test_other_columns_cannot_be_made_unique(self) -> None:
        self.assertRaises(LookupError, schema.update_dependents, "changes", {}, {"author": "a"}, 1)

    def test_tables_of_other_programs_are_only_reported(self) -> None:
        self.assertTrue(schema.is_kept("wiki_pages", "body"))
        self.assertFalse(schema.is_kept("steps", "name"))
