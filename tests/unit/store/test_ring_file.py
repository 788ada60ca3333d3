from __future__ import annotations

import threading
from pathlib import Path

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Passphrase
from tests.support.store_keys import CHEAP, NOW, StoreFilesTestCase


class RingFileTests(StoreFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "ring"
        self.file = RingFile(self.path)

    def test_a_ring_is_created_once(self) -> None:
        self.file.create(self.ring)
        self.assertEqual(self.file.read(), self.ring)
        other = KeyRing.create(NOW)
        error = self.assertRaises(KeyRingError, self.file.create, other)
        self.assertIn("already; it is not replaced", str(error))
        self.assertEqual(self.file.read(), self.ring)

    def test_nothing_makes_a_key_where_one_is_missing(self) -> None:
        for call in (self.file.read, lambda: self.file.update(lambda ring: ring)):
            error = self.assertRaises(KeyRingError, call)
            self.assertIn("does not exist; restore it from its backup", str(error))
        self.assertFalse(self.path.exists())

    def test_what_is_damaged_stays_as_it_is(self) -> None:
        self.file.create(self.ring)
        content = self.path.read_bytes()[:-3]
        self.path.write_bytes(content)
        for call in (self.file.read, lambda: self.file.update(lambda ring: ring)):
            error = self.assertRaises(KeyRingError, call)
            self.assertIn(f"the key ring {self.path} is damaged in its line", str(error))
        self.assertEqual(self.path.read_bytes(), content)

    def test_an_update(self) -> None:
        self.file.create(self.ring)
        updated = self.file.update(lambda ring: ring.with_new_key(NOW))
        self.assertEqual(updated.keys[:1], self.ring.keys)
        self.assertEqual(self.file.read(), updated)

    def test_an_update_that_changes_nothing_writes_nothing(self) -> None:
        self.file.create(self.ring)
        before = self.path.stat()
        self.assertEqual(self.file.update(lambda ring: ring), self.ring)
        after = self.path.stat()
        self.assertEqual((after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))

    def test_an_update_that_fails_changes_nothing(self) -> None:
        self.file.create(self.ring)
        kid = self.ring.keys[0].id
        self.assertRaises(KeyRingError, self.file.update, lambda ring: ring.with_retired(kid))
        self.assertEqual(self.file.read(), self.ring)

    def test_for_whom_it_is_wrapped(self) -> None:
        """Nothing has to open it for that."""
        self.file.create(self.ring)
        self.assertEqual(self.file.wraps(), ())
        self.file.update(lambda ring: ring.wrapped_for([Passphrase("x", "ann", CHEAP)]))
        (wrap,) = self.file.wraps()
        self.assertEqual((wrap.kind, wrap.label), ("passphrase", "ann"))
        self.path.write_bytes(b"")
        error = self.assertRaises(KeyRingError, self.file.wraps)
        self.assertIn(f"the key ring {self.path} is not a key ring", str(error))

    def test_no_update_is_lost(self) -> None:
        self.file.create(self.ring)
        threads = [
            threading.Thread(
                target=lambda: RingFile(self.path).update(lambda ring: ring.with_new_key(NOW))
            )
            for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.file.read().keys), 11)

    def test_wrapped_keys(self) -> None:
        alice = Passphrase("alice's", "alice", CHEAP)
        self.file.create(self.ring.wrapped_for([alice]))
        self.assertIn("nothing was given", str(self.assertRaises(KeyRingError, self.file.read)))
        self.assertEqual(RingFile(self.path, [alice]).read().keys, self.ring.keys)

    def test_a_file_that_is_open_to_others(self) -> None:
        self.file.create(self.ring)
        self.path.chmod(0o644)
        self.assertIn("chmod 600", str(self.assertRaises(KeyRingError, self.file.read)))

    def test_a_copy_replaces_nothing(self) -> None:
        self.file.create(self.ring)
        copy = RingFile(self.directory / "copy")
        self.file.copy_to(copy.path)
        self.file.copy_to(copy.path)
        self.assertEqual(copy.path.read_bytes(), self.file.path.read_bytes())
        other = RingFile(self.directory / "other")
        other.create(KeyRing.create(NOW))
        error = self.assertRaises(KeyRingError, self.file.copy_to, other.path)
        self.assertIn("it is not replaced", str(error))
        self.file.path.write_text("something else")
        self.assertRaises(KeyRingError, self.file.copy_to, self.directory / "new")

    def test_keys_and_database_are_kept_apart(self) -> None:
        for database in ("secrets.sqlite", "below/secrets.sqlite", "../secrets.sqlite"):
            error = self.assertRaises(
                KeyRingError, self.file.require_apart_from, self.directory / database
            )
            self.assertIn("whoever copies the directory has both", str(error))
        link = Path(self.mktemp()).absolute()
        link.symlink_to(self.directory)
        self.assertRaises(KeyRingError, self.file.require_apart_from, link / "secrets.sqlite")
        elsewhere = Path(self.mktemp()).absolute()
        elsewhere.mkdir()
        self.file.require_apart_from(elsewhere / "secrets.sqlite")
