from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError, StoreConflict, StoreUnavailable
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.store import Store
from buildbot_keychain.store.wraps import Passphrase
from tests.support.store_keys import CHEAP, NOW


class CreationTests(SynchronousTestCase):
    def setUp(self) -> None:
        base = Path(self.mktemp()).absolute()
        for directory in (base, base / "data", base / "keys"):
            directory.mkdir(mode=0o700)
        self.database = Database(f"sqlite:///{base / 'data' / 'secrets.sqlite'}")
        self.addCleanup(self.database.close)
        self.ring_file = RingFile(base / "keys" / "ring")

    def create(self, ring_file: RingFile | None = None, **options: Any) -> None:
        create_store(self.database, ring_file or self.ring_file, now=NOW, actor="me", **options)

    def open(self) -> Store:
        return Store(Ledger(self.database, self.ring_file, "me"))

    def test_a_new_store(self) -> None:
        self.create()
        self.open().set("a", "x", now=NOW)

    def test_with_wrapped_keys(self) -> None:
        alice = Passphrase("alice's", "alice", CHEAP)
        create_store(self.database, self.ring_file, now=NOW, actor="me", wrappers=[alice])
        self.assertRaises(KeyRingError, self.open)
        self.ring_file = RingFile(self.ring_file.path, [alice])
        self.open().set("a", "x", now=NOW)

    def test_where_there_is_a_store_no_key_is_made(self) -> None:
        self.create()
        self.ring_file.path.unlink()
        for options in ({}, {"use_ring": True}):
            self.assertRaises(StoreConflict, self.create, **options)
        self.assertFalse(self.ring_file.path.exists())

    def test_where_there_is_a_ring_it_stays(self) -> None:
        self.create()
        content = self.ring_file.path.read_bytes()
        self.database = Database(str(self.database.name).replace("secrets", "other"))
        self.addCleanup(self.database.close)
        self.assertRaises(KeyRingError, self.create)
        self.assertEqual(self.ring_file.path.read_bytes(), content)

    def test_an_attempt_that_was_interrupted_goes_on(self) -> None:
        with mock.patch.object(Ledger, "create", side_effect=StoreUnavailable("locked")):
            self.assertRaises(StoreUnavailable, self.create)
        content = self.ring_file.path.read_bytes()
        self.assertRaises(KeyRingError, self.create)
        self.create(use_ring=True)
        self.assertEqual(self.ring_file.path.read_bytes(), content)
        self.open().set("a", "x", now=NOW)

    def test_a_ring_beside_the_database(self) -> None:
        assert self.database.path
        beside = RingFile(self.database.path.with_name("ring"))
        self.assertRaises(KeyRingError, self.create, beside)
        self.assertFalse(beside.path.exists())
        self.create(beside, beside_database=True)
