"""The rows of a store, within one transaction."""

from __future__ import annotations

from buildbot_keychain.errors import StoreError, StoreTampered
from buildbot_keychain.store.rows import SCHEMA
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class RowsTests(StoreTestCase):
    def change(self, statement: str) -> None:
        with self.sqlite() as connection:
            connection.execute(statement)

    def test_a_value_of_another_type(self) -> None:
        """SQLite keeps any: what it returns is of the type that it was given, or an error."""
        self.store.set("a", "x", now=NOW)
        for column in ("head_seq = 'x'", "head_mac = 7", "store_id = 'text'", "head_seq = -1"):
            database = self.database()
            self.change(f"UPDATE keychain_store SET {column}")
            with database.reading() as rows:
                error = self.assertRaises(StoreTampered, rows.store)
            self.assertIn("another type than it was given", str(error))

    def test_tables_of_a_later_version(self) -> None:
        self.change(f"UPDATE keychain_store SET schema = {SCHEMA + 1}")
        with self.database().reading() as rows:
            error = self.assertRaises(StoreError, rows.store)
        self.assertIn("update buildbot-keychain", str(error))
