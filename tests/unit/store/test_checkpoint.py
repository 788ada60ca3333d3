from __future__ import annotations

from unittest import mock

from buildbot_keychain.errors import StoreRolledBack, StoreTampered
from buildbot_keychain.store import ledger as module
from buildbot_keychain.store.verification import verify
from tests.support.store_case import ChangedStoreTestCase
from tests.support.store_keys import NOW

OLD_ENTRY = "UPDATE keychain_store_journal SET actor = 'x' WHERE seq = 2"
"""What is noticed by whoever reads the journal from its beginning."""


class CheckpointTests(ChangedStoreTestCase):
    """A store of six entries, after three of which a checkpoint is made."""

    def setUp(self) -> None:
        super().setUp()
        self.store.rename("b", "c", now=NOW)
        self.store.set("gone", "x", now=NOW)
        self.store.delete("gone", now=NOW)
        self.file = self.base / "master.seen.journal"
        patch = mock.patch.object(module, "MANY", 3)
        patch.start()
        self.addCleanup(patch.stop)
        self.assertFalse(self.file.exists())
        self.store = self.open()
        self.made = self.file.read_bytes()

    def assert_used(self) -> None:
        """Check that the journal is not read from its beginning when it is opened."""
        with self.sqlite() as connection:
            connection.execute(OLD_ENTRY)
        self.store = self.open()
        self.assertEqual((self.value("a"), self.value("c")), ("one", "other"))

    def assert_not_used(self, content: bytes) -> None:
        """Check that a file does no harm, and is replaced."""
        self.file.write_bytes(content)
        with mock.patch.object(module, "MANY", 99):
            self.store = self.open()
            self.assertEqual((self.value("a"), self.value("c")), ("one", "other"))
            self.assertIsNone(self.store.get("b"))
            saved = self.copy()
            self.execute(OLD_ENTRY)
            error = self.assertRaises(StoreTampered, self.open)
            self.assertIn("entry 2 of the journal", str(error))
        self.put_back(saved)
        self.open()
        self.assertEqual(self.file.read_bytes(), self.made)

    def test_what_comes_after_it_is_read(self) -> None:
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)
        content = self.file.read_bytes()
        self.store.undelete("gone", now=NOW)
        self.store.set("a", "two", now=NOW)
        self.store.rollback("a", 1, now=NOW)
        self.assertEqual(self.file.read_bytes(), content)
        self.open()
        self.assertNotEqual(self.file.read_bytes(), content)
        self.assert_used()
        self.assertEqual(self.value("gone"), "x")
        self.assertEqual([one.name for one in self.store.page()], ["a", "c", "gone"])

    def test_what_it_stands_for_is_not_believed_when_it_is_read_again(self) -> None:
        self.assert_used()
        self.assertRaises(StoreTampered, self.store.history, "a")
        self.assertEqual(len(self.store.history("c")), 2)
        (problem,) = verify(self.store._ledger).problems
        self.assertIn("entry 2 of the journal was changed", problem)
        self.assertRaises(StoreTampered, self.open, "other")

    def test_one_that_was_changed_is_not_used(self) -> None:
        content = self.file.read_bytes()
        for changed in (b"", content[:-1], content + b"x", bytes(40), content[::-1]):
            self.assert_not_used(changed)
        for at in range(0, len(content), 50):
            self.assert_not_used(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])

    def test_one_that_others_could_have_written_is_not_used(self) -> None:
        self.file.chmod(0o666)
        self.assert_not_used(self.made)

    def test_an_older_one_says_less(self) -> None:
        content = self.file.read_bytes()
        for value in ("two", "three", "four", "five"):
            self.store.set("a", value, now=NOW)
        self.open()
        self.file.write_bytes(content)
        with mock.patch.object(module, "MANY", 99):
            self.store = self.open()
            self.assertEqual(self.value("a"), "five")
        self.execute("DELETE FROM keychain_store_journal WHERE seq = 7")
        self.assertRaises(StoreTampered, self.open)

    def test_an_older_database_is_noticed(self) -> None:
        saved = self.copy()
        self.store.set("a", "two", now=NOW)
        self.put_back(saved)
        self.assertRaises(StoreRolledBack, self.open)

    def test_a_history_that_was_given_up_does_not_come_back(self) -> None:
        """With the MAC of what was seen in the place of its own."""
        old = self.copy()
        for value in ("two", "three", "four"):
            self.store.set("a", value, now=NOW)
        self.open()
        given_up = self.copy()
        self.put_back(old)
        with mock.patch.object(module, "MANY", 99):
            other = self.open(accept_rollback=True)
        other.set("a", "other", now=NOW)
        with other._ledger.reading() as view:
            head = view.store.head
        self.put_back(given_up)
        self.execute("UPDATE keychain_store_journal SET mac = ? WHERE seq = ?", head.mac, head.seq)
        self.assertRaises(StoreTampered, self.open)
