from __future__ import annotations

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
from tests.support.store_case import ChangedStoreTestCase
from tests.support.store_keys import NOW


class JournalTests(ChangedStoreTestCase):
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

    def test_a_head_that_was_changed(self) -> None:
        for statement, expected in (
            ("head_seq = 2", "the journal has 3 entries, but its head says 2"),
            ("head_mac = zeroblob(32)", "head of the journal was changed by something else"),
        ):
            saved = self.copy()
            self.execute(f"UPDATE keychain_store SET {statement}")
            error = str(self.assertRaises(StoreTampered, self.store.get, "a"))
            self.assertIn("head of the journal was changed by something else", error)
            self.assertIn(expected, str(self.assertRaises(StoreTampered, self.open)))
            self.put_back(saved)
        self.assertEqual(self.value("a"), "one")

    def test_a_primary_key_that_was_changed(self) -> None:
        self.execute("UPDATE keychain_store SET primary_kid = zeroblob(8)")
        self.assertIn("primary key was changed", self.problem_of_store())

    def problem_of_store(self) -> str:
        self.assertRaises(StoreError, self.open)
        return str(self.assertRaises(StoreTampered, self.store.get, "a"))


class RollBackTests(ChangedStoreTestCase):
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


class KeyTests(ChangedStoreTestCase):
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
