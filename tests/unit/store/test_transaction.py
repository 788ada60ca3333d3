"""What something else has done to the rows of a store is noticed and named."""

from __future__ import annotations

from buildbot_keychain.errors import StoreError, StoreTampered
from buildbot_keychain.store.rekeying import Rekeying
from tests.support.store_case import ChangedStoreTestCase
from tests.support.store_keys import NOW

TABLES = ("secrets", "current", "versions")


class RowTests(ChangedStoreTestCase):
    def test_every_column_counts(self) -> None:
        """All but that of the last use."""
        with self.sqlite() as connection:
            columns = [
                (table, name)
                for table in TABLES
                for _, name, *_ in connection.execute(f"PRAGMA table_info(keychain_store_{table})")
                if name not in {"uid", "used"}
            ]
        self.assertEqual(len(columns), 12)
        saved = self.copy()
        for table, column in columns:
            for change in (
                f"{column} = {column} || 'x'",
                f"{column} = zeroblob(8)",
                f"{column} = 7",
            ):
                with self.sqlite() as connection:
                    connection.execute(
                        f"UPDATE keychain_store_{table} SET {change} WHERE uid = ?",
                        (self.uids["a"],),
                    )
                try:
                    found = self.value("a")
                except StoreError:
                    found = "refused"
                self.assertEqual(found, "refused", f"{table}: {change}")
                self.put_back(saved)
        self.assertEqual(self.value("a"), "one")

    def test_every_bit_of_a_value_counts(self) -> None:
        with self.sqlite() as connection:
            query = "SELECT payload FROM keychain_store_versions WHERE uid = ?"
            (payload,) = connection.execute(query, (self.uids["a"],)).fetchone()
        for bit in range(0, len(payload) * 8, 97):
            changed = bytearray(payload)
            changed[bit // 8] ^= 1 << bit % 8
            self.execute(
                "UPDATE keychain_store_versions SET payload = ? WHERE uid = ?",
                bytes(changed),
                self.uids["a"],
            )
            self.assertRaises(StoreTampered, self.store.get, "a")
        self.assertIn("its value was changed", self.problem())

    def test_a_row_that_was_removed(self) -> None:
        saved = self.copy()
        for tables in (*((table,) for table in TABLES), TABLES):
            for table in tables:
                self.execute(f"DELETE FROM keychain_store_{table} WHERE uid = ?", self.uids["a"])
            self.assertIn("secret 'a': rows were removed", self.problem())
            self.put_back(saved)

    def test_a_row_of_another_secret(self) -> None:
        """Copied whole, with its name and number."""
        with self.sqlite() as connection:
            connection.execute(
                "UPDATE keychain_store_versions SET (wrapped, metadata, metadata_digest, "
                "payload_digest, payload) = (SELECT wrapped, metadata, metadata_digest, "
                "payload_digest, payload FROM keychain_store_versions WHERE uid = ?) WHERE uid = ?",
                (self.uids["b"], self.uids["a"]),
            )
        self.assertIn("secret 'a': its rows were changed, copied or removed", self.problem())
        self.assertEqual(self.value("b"), "other")

    def test_names_that_were_swapped(self) -> None:
        for name, uid in (("x", "a"), ("a", "b"), ("b", "a")):
            self.execute(
                "UPDATE keychain_store_secrets SET name = ? WHERE uid = ?", name, self.uids[uid]
            )
        self.assertIn("secret 'a': something else has named it 'b'", self.problem())
        self.assertIn("secret 'b': something else has named it 'a'", self.problem("b"))

    def test_a_name_that_was_changed_is_not_missing(self) -> None:
        self.execute("UPDATE keychain_store_secrets SET name = 'z' WHERE uid = ?", self.uids["a"])
        self.assertIn("named it 'z'", self.problem())

    def test_old_rows_that_were_put_back(self) -> None:
        saved = self.copy()
        self.store.set("a", "two", now=NOW)
        with self.sqlite() as connection:
            for table in TABLES:
                connection.execute(
                    f"DELETE FROM keychain_store_{table} WHERE uid = ?", (self.uids["a"],)
                )
                for row in saved.execute(
                    f"SELECT * FROM keychain_store_{table} WHERE uid = ?", (self.uids["a"],)
                ):
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"INSERT INTO keychain_store_{table} VALUES ({marks})", row)
        self.assertIn("its rows are old ones, as they were after entry 2", self.problem())
        self.assertEqual(self.value("b"), "other")

    def test_a_version_that_was_removed_for_good_does_not_come_back(self) -> None:
        saved = self.copy()
        store = self.open(keep=None)
        for number in range(10):
            store.set("a", f"{number}", now=NOW)
        self.assertEqual(len(store.versions("a")), 10)
        (row,) = saved.execute(
            "SELECT * FROM keychain_store_versions WHERE uid = ?", (self.uids["a"],)
        )
        marks = ", ".join("?" * len(row))
        with self.sqlite() as connection:
            connection.execute(f"INSERT INTO keychain_store_versions VALUES ({marks})", row)
        self.assertIn("its rows were changed", self.problem())

    def test_rows_that_the_journal_does_not_know_are_not_found(self) -> None:
        self.execute("INSERT INTO keychain_store_secrets VALUES (?, 'new', 0)", b"n" * 16)
        self.assertIsNone(self.store.get("new"))

    def test_a_change_is_refused_where_rows_were_changed(self) -> None:
        self.execute("UPDATE keychain_store_current SET version = 7 WHERE uid = ?", self.uids["a"])
        self.assertRaises(StoreTampered, self.store.set, "a", "two", now=NOW)
        self.store.set("b", "two", now=NOW)


class HistoryTests(ChangedStoreTestCase):
    def test_a_history_that_was_changed_is_not_told(self) -> None:
        """Entries that were verified when they were written, or read."""
        self.store.set("a", "two", now=NOW + 1)
        rekeying = Rekeying(self.store._ledger)
        rekeying.rekey("a", now=NOW + 9)
        saved = self.copy()
        for statement in (
            "UPDATE keychain_store_journal SET actor = 'x' WHERE seq = 2",
            "UPDATE keychain_store_journal SET time = time + 9 WHERE seq = 4",
            "DELETE FROM keychain_store_journal WHERE seq = 4",
            "UPDATE keychain_store_journal SET uid = zeroblob(16) WHERE seq = 5",
        ):
            self.execute(statement)
            expected = "secret 'a': entries of the journal about it were"
            error = self.assertRaises(StoreTampered, self.store.history, "a")
            self.assertIn(expected, str(error))
            rekeyed = rekeying.rekey_all(since=NOW, now=NOW + 10)
            self.assertEqual(rekeyed.done, 0)
            self.assertIn(expected, rekeyed.problems[0])
            self.put_back(saved)
        self.assertEqual(len(self.store.history("a")), 3)
