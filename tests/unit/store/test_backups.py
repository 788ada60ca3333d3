"""Tests of `buildbot_keychain.store.backups`.

`KEYCHAIN_STORE_KILLS` sets how many calls lie between two kills (default 40).
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from buildbot_keychain.errors import (
    KeyRingError,
    StoreConflict,
    StoreError,
    StoreRolledBack,
)
from buildbot_keychain.store import backups
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.rotation import Rotation
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.store import Store
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import DamagedStoreTestCase, StoreTestCase
from tests.support.store_keys import NOW

STEP = os.environ.get("KEYCHAIN_STORE_KILLS", "40")
ROOT = Path(__file__).parents[3]


class BackupTestCase(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.outside = self.base / "outside"
        for path in (self.outside, self.outside / "data", self.outside / "keys"):
            path.mkdir(mode=0o700)
        self.backup = self.outside / "data" / "backup"
        self.ring_backup = RingFile(self.outside / "keys" / "ring")

    def back_up(self) -> None:
        backups.back_up_database(self.database(), self.backup)
        self.ring_file.copy_to(self.ring_backup.path)

    def new_place(self) -> tuple[Database, RingFile]:
        """Return a database without a store, and a ring file that does not exist."""
        for name in ("new", "new-keys"):
            (self.base / name).mkdir(mode=0o700)
        database = Database(self.new_url())
        self.addCleanup(database.close)
        return database, RingFile(self.base / "new-keys" / "ring")

    def new_url(self) -> str:
        return f"sqlite:///{self.base / 'new' / 'secrets.sqlite'}"


class BackupTests(BackupTestCase):
    def test_a_backup_is_one_file_that_opens_with_its_ring(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.set("a", b"\x00two", now=NOW)
        self.back_up()
        self.assertEqual(self.backup.stat().st_mode & 0o777, 0o600)
        report = backups.verify_backup(self.backup, self.ring_backup)
        self.assertEqual((report.secrets, report.versions, report.problems), (1, 2, ()))
        left = {path.name for path in self.backup.parent.iterdir()} - {".keychain.lock"}
        self.assertEqual(left, {"backup"})

    def test_it_is_one_moment_while_a_writer_writes(self) -> None:
        self.store.set("a", "one", now=NOW)
        with self.store._ledger.writing(NOW):  # the lock is held, and nothing written yet
            self.back_up()
        self.assertEqual(backups.verify_backup(self.backup, self.ring_file).entries, 2)

    def test_what_was_used_is_copied_too(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.note_use("a", NOW)
        self.back_up()
        database, ring_file = self.new_place()
        backups.restore(self.backup, database, ring_file, ring_backup=self.ring_backup)
        described = Store(Ledger(database, ring_file, "new")).describe("a")
        assert described is not None
        self.assertEqual(described.used, NOW - NOW % 3600)

    def test_nothing_is_replaced(self) -> None:
        self.back_up()
        error = self.assertRaises(
            StoreConflict, backups.back_up_database, self.database(), self.backup
        )
        self.assertIn("it is not replaced", str(error))

    def test_a_directory_that_others_can_use_is_refused(self) -> None:
        self.backup.parent.chmod(0o755)
        self.assertRaises(StoreError, backups.back_up_database, self.database(), self.backup)
        self.assertFalse(self.backup.exists())


class VerifyBackupTests(BackupTestCase):
    def test_the_ring_of_another_store(self) -> None:
        self.back_up()
        other = RingFile(self.outside / "keys" / "other")
        other.create(KeyRing.create(NOW))
        error = self.assertRaises(KeyRingError, backups.verify_backup, self.backup, other)
        self.assertIn("is of another store", str(error))

    def test_a_ring_that_is_older_than_the_backup(self) -> None:
        old = RingFile(self.outside / "keys" / "old")
        self.ring_file.copy_to(old.path)
        ledger = self.ledger()
        Rotation(ledger, self.ring_file).rotate(now=NOW, alive_since=NOW)
        self.back_up()
        error = self.assertRaises(KeyRingError, backups.verify_backup, self.backup, old)
        self.assertIn("the key ring lacks the key", str(error))
        self.assertEqual(backups.verify_backup(self.backup, self.ring_backup).problems, ())

    def test_a_missing_backup_is_said_to_be(self) -> None:
        error = self.assertRaises(StoreError, backups.verify_backup, self.backup, self.ring_file)
        self.assertIn("there is no database", str(error))
        self.assertFalse(self.backup.exists())

    def test_a_backup_that_others_can_only_read_is_read(self) -> None:
        self.back_up()
        self.backup.parent.chmod(0o755)
        self.backup.chmod(0o644)
        self.assertEqual(backups.verify_backup(self.backup, self.ring_backup).problems, ())

    def test_a_file_that_was_cut(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.back_up()
        content = self.backup.read_bytes()
        for size in (0, 1, 100, 4096, len(content) // 2, len(content) - 4096, len(content) - 1):
            self.backup.write_bytes(content[:size])
            self.assertTrue(self.is_refused(), size)

    def test_no_flipped_bit_is_a_value(self) -> None:
        """It is refused, or it was where nothing stands of a secret, and all opens."""
        self.store.set("a", "one", now=NOW)
        self.back_up()
        content = self.backup.read_bytes()
        refused = 0
        for at in range(13, len(content), 977):
            changed = bytearray(content)
            changed[at] ^= 1 << at % 8
            self.backup.write_bytes(changed)
            if self.is_refused():
                refused += 1
                continue
            with closing(Database(f"sqlite:///{self.backup}", read_only=True)) as database:
                found = Store(Ledger(database, self.ring_backup, "x")).get("a")
            self.assertEqual(found and found.text, "one")
        self.assertGreater(refused, 0)

    def test_each_box_of_a_backup_is_verified(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.back_up()
        content = self.backup.read_bytes()
        with self.store._ledger.reading() as view:
            secret = view.require("a")
            row = secret.versions[0]
            payload = view.rows.payload(row.uid, row.version) or b""
            boxes = [row.wrapped, row.metadata, payload, view.store.root_box, view.store.head.mac]
        for box in boxes:
            at = content.index(box) + len(box) // 2
            changed = bytearray(content)
            changed[at] ^= 1
            self.backup.write_bytes(changed)
            self.assertTrue(self.is_refused())

    def is_refused(self) -> bool:
        try:
            return bool(backups.verify_backup(self.backup, self.ring_backup).problems)
        except StoreError:
            return True


class RestoreTests(BackupTestCase):
    def test_all_is_as_it_was(self) -> None:
        self.store.set("a", "one", now=NOW, description="first", tags=["x"])
        self.store.set("a", "two", now=NOW)
        self.store.delete("a", now=NOW)
        self.store.set("b", b"\x00\xff", now=NOW)
        self.back_up()
        database, ring_file = self.new_place()
        report = backups.restore(self.backup, database, ring_file, ring_backup=self.ring_backup)
        self.assertEqual((report.secrets, report.versions), (2, 3))
        restored = Store(Ledger(database, ring_file, "new"))
        self.assertEqual(restored.page(), self.store.page())
        self.assertEqual(restored.history("a"), self.store.history("a"))
        restored.undelete("a", now=NOW)
        found = restored.get("a", 1)
        self.assertEqual(found and found.text, "one")

    def test_a_place_with_a_store_is_left_alone(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.back_up()
        self.store.set("a", "two", now=NOW)
        self.assertRaises(
            StoreConflict, backups.restore, self.backup, self.database(), self.ring_file
        )
        self.assertEqual(self.value("a"), "two")

    def test_with_the_wrong_ring_nothing_is_made(self) -> None:
        self.back_up()
        database, ring_file = self.new_place()
        other = RingFile(self.outside / "keys" / "other")
        other.create(KeyRing.create(NOW))
        self.assertRaises(
            KeyRingError, backups.restore, self.backup, database, ring_file, ring_backup=other
        )
        self.assertFalse(ring_file.path.exists())
        database.require_empty()

    def test_without_a_ring_nothing_is_made(self) -> None:
        self.back_up()
        database, ring_file = self.new_place()
        self.assertRaises(KeyRingError, backups.restore, self.backup, database, ring_file)
        self.assertFalse(ring_file.path.exists())
        database.require_empty()

    def test_another_ring_in_the_place_is_not_replaced(self) -> None:
        self.back_up()
        database, ring_file = self.new_place()
        ring = KeyRing.create(NOW)
        ring_file.create(ring)
        self.assertRaises(
            KeyRingError,
            backups.restore,
            self.backup,
            database,
            ring_file,
            ring_backup=self.ring_backup,
        )
        self.assertEqual(ring_file.read(), ring)
        database.require_empty()

    def test_with_the_ring_that_is_there(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.back_up()
        database, _ = self.new_place()
        backups.restore(self.backup, database, self.ring_file)
        found = Store(Ledger(database, self.ring_file, "new")).get("a")
        self.assertEqual(found and found.text, "one")

    def test_beside_the_ring_only_if_that_is_forced(self) -> None:
        self.back_up()
        database, _ = self.new_place()
        beside = RingFile(self.base / "new" / "ring")
        arguments = (self.backup, database, beside)
        self.assertRaises(KeyRingError, backups.restore, *arguments, ring_backup=self.ring_backup)
        backups.restore(*arguments, ring_backup=self.ring_backup, beside_database=True)

    def test_who_saw_more_accepts_the_roll_back(self) -> None:
        self.back_up()
        self.store.set("a", "one", now=NOW)
        database, _ = self.new_place()
        backups.restore(self.backup, database, self.ring_file)
        seen = SeenHead(self.base / "master.seen")
        error = self.assertRaises(StoreRolledBack, Ledger, database, self.ring_file, "master", seen)
        self.assertIn("if it was restored from a backup, accept the roll-back", str(error))
        Ledger(database, self.ring_file, "master", seen, accept_rollback=True)


class DamagedBackupTests(DamagedStoreTestCase, BackupTestCase):
    def test_what_does_not_open_is_restored_only_if_that_is_accepted(self) -> None:
        self.back_up()
        database, _ = self.new_place()
        error = self.assertRaises(
            StoreError, backups.restore, self.backup, database, self.ring_file
        )
        self.assertIn("secret 'b'", str(error))
        database.require_empty()
        backups.restore(self.backup, database, self.ring_file, accept_damage=True)
        found = Store(Ledger(database, self.ring_file, "new")).get("a")
        self.assertEqual(found and found.text, "x")


class KillTests(BackupTestCase):
    def test_kill_at_many_points(self) -> None:
        self.new_place()
        arguments = [self.url, self.ring_file.path, self.base / "killed", self.new_url(), STEP]
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.backup_kills", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        self.assertGreater(int(done.stdout), 1)


class PostgreSQLBackupTests(PostgreSQLTestCase, BackupTests):
    """Of PostgreSQL, to SQLite."""


class PostgreSQLRestoreTests(PostgreSQLTestCase, RestoreTests):
    """Of PostgreSQL, to PostgreSQL."""

    def new_url(self) -> str:
        return self.server.new_database()

    def test_beside_the_ring_only_if_that_is_forced(self) -> None:
        """It is never beside a database of a server."""


class ToPostgreSQLTests(PostgreSQLTestCase, KillTests):
    """Of SQLite, to PostgreSQL."""

    def make_url(self) -> str:
        return f"sqlite:///{self.path}"

    def new_url(self) -> str:
        return self.server.new_database()

    def test_all_is_as_it_was(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.set("b", b"\x00\xff", now=NOW)
        self.back_up()
        database, ring_file = self.new_place()
        backups.restore(self.backup, database, ring_file, ring_backup=self.ring_backup)
        restored = Store(Ledger(database, ring_file, "new"))
        self.assertEqual(restored.page(), self.store.page())
        self.assertEqual(restored.history("a"), self.store.history("a"))
