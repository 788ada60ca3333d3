"""What something else has done to the rows of a store is noticed and named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from unittest import mock

from buildbot_keychain.errors import (
    KeyRingError,
    StoreConflict,
    StoreError,
    StoreRolledBack,
    StoreTampered,
)
from buildbot_keychain.store.journal import Head
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.store import Store
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

TABLES = ("secrets", "current", "versions")


class LedgerTestCase(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.store.set("a", "one", now=NOW)
        self.store.set("b", "other", now=NOW)
        with self.store._ledger.reading() as view:
            self.uids = {name: view.state.uid(name) for name in ("a", "b")}

    def problem(self, name: str = "a", kind: type[StoreError] = StoreTampered) -> str:
        """Return what a lookup says, which is what one after a restart says."""
        now = str(self.assertRaises(kind, self.store.get, name))
        try:
            again = self.open()
        except StoreError as error:
            self.assertIsInstance(error, kind)
        else:
            self.assertEqual(str(self.assertRaises(kind, again.get, name)), now)
        return now

    def execute(self, statement: str, *parameters: object) -> None:
        with self.sqlite() as connection:
            self.assertNotEqual(connection.execute(statement, parameters).rowcount, 0)

    def copy(self) -> sqlite3.Connection:
        """Return a copy of the database, in memory."""
        copied = sqlite3.connect(":memory:")
        self.addCleanup(copied.close)
        with self.sqlite() as connection:
            connection.backup(copied)
        return copied

    def put_back(self, copied: sqlite3.Connection) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            copied.backup(connection)


class RowTests(LedgerTestCase):
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


class JournalTests(LedgerTestCase):
    def test_an_entry_that_was_changed_or_removed(self) -> None:
        for statement, expected in (
            (
                "UPDATE keychain_store_journal SET actor = 'x' WHERE seq = 2",
                "entry 2 of the journal",
            ),
            ("DELETE FROM keychain_store_journal WHERE seq = 2", "entry 2 of the journal"),
            ("DELETE FROM keychain_store_journal WHERE seq = 3", "entries 3 to 3 were removed"),
        ):
            saved = self.copy()
            self.execute(statement)
            self.assertIn(expected, str(self.assertRaises(StoreTampered, self.open)))
            self.put_back(saved)

    def test_a_history_that_was_changed_is_not_told(self) -> None:
        """Entries that were verified when they were written, or read."""
        self.store.set("a", "two", now=NOW + 1)
        self.store.rekey("a", now=NOW + 9)
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
            rekeyed = self.store.rekey_all(since=NOW, now=NOW + 10)
            self.assertEqual(rekeyed.done, 0)
            self.assertIn(expected, rekeyed.problems[0])
            self.put_back(saved)
        self.assertEqual(len(self.store.history("a")), 3)

    def test_a_head_that_was_changed(self) -> None:
        self.execute("UPDATE keychain_store SET head_seq = 2")
        self.assertRaises(StoreRolledBack, self.store.get, "a")
        self.assertRaises(StoreTampered, self.open)

    def test_a_primary_key_that_was_changed(self) -> None:
        self.execute("UPDATE keychain_store SET primary_kid = zeroblob(8)")
        self.assertIn("primary key was changed", self.problem_of_store())

    def problem_of_store(self) -> str:
        self.assertRaises(StoreError, self.open)
        return str(self.assertRaises(StoreTampered, self.store.get, "a"))


class RollBackTests(LedgerTestCase):
    def test_an_old_database(self) -> None:
        saved = self.copy()
        self.store.set("a", "two", now=NOW)
        self.put_back(saved)
        self.assertIn("older than what was seen", self.problem(kind=StoreRolledBack))
        self.assertRaises(StoreRolledBack, self.store.set, "a", "x", now=NOW)

    def test_an_old_database_that_went_on(self) -> None:
        saved = self.copy()
        self.store.set("a", "two", now=NOW)
        self.put_back(saved)
        stranger = self.open("other")
        for value in ("x", "y", "z"):
            stranger.set("a", value, now=NOW)
        self.assertRaises(StoreRolledBack, self.open)
        self.assertRaises(StoreTampered, self.store.get, "a")

    def test_a_change_while_it_is_opened_is_not_a_roll_back(self) -> None:
        """By another process of this master, which keeps what it saw in the same file."""
        path, other = self.base / "master.seen", self.open()

        class Late(SeenHead):
            def read(self, store_id: bytes) -> Head:
                other.set("a", "two", now=NOW)
                return super().read(store_id)

        store = Store(Ledger(self.database(), self.ring_file, "master", Late(path)))
        self.assertEqual(getattr(store.get("a"), "text", None), "two")

    def test_a_roll_back_that_is_meant(self) -> None:
        saved = self.copy()
        self.store.set("a", "two", now=NOW)
        self.put_back(saved)
        self.store = self.open(accept_rollback=True)
        self.assertEqual(self.value("a"), "one")
        self.store.set("a", "three", now=NOW)
        self.store = self.open()
        self.assertEqual(self.value("a"), "three")

    def test_each_master_notices_by_itself(self) -> None:
        other = self.open("other")
        saved = self.copy()
        self.store.set("a", "two", now=NOW)
        self.assertEqual(getattr(other.get("a"), "version", None), 2)
        self.put_back(saved)
        for master in ("master", "other"):
            self.assertRaises(StoreRolledBack, self.open, master)


class KeyTests(LedgerTestCase):
    def test_a_ring_of_another_store(self) -> None:
        self.ring_file = RingFile(self.base / "keys" / "other")
        self.ring_file.create(KeyRing.create(NOW))
        self.assertIn("of another store", str(self.assertRaises(KeyRingError, self.open)))

    def test_a_ring_that_lacks_the_key(self) -> None:
        ring = self.ring_file.read()
        lacking = KeyRing(ring.store_id, KeyRing.create(NOW).keys)
        self.ring_file = RingFile(self.base / "keys" / "other")
        self.ring_file.create(lacking)
        error = str(self.assertRaises(KeyRingError, self.open))
        self.assertIn(f"lacks the key {ring.keys[0].id.hex()}", error)
        self.assertEqual(self.ring_file.read(), lacking)

    def test_a_ring_that_is_missing(self) -> None:
        self.ring_file = RingFile(self.base / "keys" / "missing")
        self.assertIn("does not exist", str(self.assertRaises(KeyRingError, self.open)))
        self.assertFalse(self.ring_file.path.exists())

    def test_a_store_is_not_made_twice(self) -> None:
        ring = self.ring_file.read()
        self.assertRaises(StoreConflict, Ledger.create, self.database(), ring, NOW, "x")
        self.assertEqual(self.value("a"), "one")

    def test_nothing_of_a_value_is_in_the_database(self) -> None:
        self.store.set("a", "s3cr3t value", now=NOW, description="hidden words", tags=["tagged"])
        files = b"".join(path.read_bytes() for path in self.path.parent.iterdir())
        for text in (b"s3cr3t", b"hidden words", b"tagged"):
            self.assertNotIn(text, files)

    def test_what_was_seen_cannot_be_kept(self) -> None:
        """A change is written all the same; it is tried again, and told of."""
        ledger = self.store._ledger
        full = OSError(28, "No space left on device")
        with mock.patch("os.fsync", side_effect=full):
            self.store.set("a", "two", now=NOW)
            self.assertIn("No space left", ledger.seen_problem or "")
            self.assertEqual(self.value("a"), "two")
        self.assertEqual(self.value("a"), "two")
        self.assertIsNone(ledger.seen_problem)
        with ledger.reading() as view:
            head = view.store.head
        self.assertEqual(SeenHead(self.base / "master.seen").read(ledger.store_id), head)
