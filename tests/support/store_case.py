"""`StoreTestCase`: a store in SQLite or PostgreSQL, with its ring, for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import StoreError, StoreTampered
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.store import Keep, Store
from tests.support.store_keys import NOW


class StoreTestCase(SynchronousTestCase):
    """A new store in SQLite, as one master sees it."""

    def setUp(self) -> None:
        self.base = Path(self.mktemp()).absolute()
        for directory in (self.base, self.base / "data", self.base / "keys"):
            directory.mkdir(mode=0o700)
        self.path = self.base / "data" / "secrets.sqlite"
        self.url = self.make_url()
        self.ring_file = RingFile(self.base / "keys" / "ring")
        self.ring_file.create(KeyRing.create(NOW))
        database = self.database()
        Ledger.create(database, self.ring_file.read(), NOW, "init")
        self.store = self.open()

    def make_url(self) -> str:
        return f"sqlite:///{self.path}"

    def database(self) -> Database:
        database = Database(self.url)
        self.addCleanup(database.close)
        return database

    def ledger(self, master: str = "master", **options: Any) -> Ledger:
        seen = SeenHead(self.base / f"{master}.seen")
        return Ledger(self.database(), self.ring_file, master, seen, **options)

    def open(self, master: str = "master", keep: Keep | None = None, **options: Any) -> Store:
        """Open it as another process would."""
        return Store(self.ledger(master, **options), keep)

    def value(self, name: str, version: int | None = None) -> str | None:
        found = self.store.get(name, version)
        return None if found is None else found.text

    @contextmanager
    def sqlite(self) -> Iterator[sqlite3.Connection]:
        """Change the database behind the store's back."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            yield connection


class ChangedStoreTestCase(StoreTestCase):
    """A store with two secrets, whose rows the test changes behind its back."""

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


class DamagedStoreTestCase(StoreTestCase):
    """A store with three secrets, of which the data key of ``b`` does not open."""

    def setUp(self) -> None:
        super().setUp()
        for name in ("a", "b", "c"):
            self.store.set(name, "x", now=NOW)
        with self.sqlite() as connection:
            connection.execute(
                "UPDATE keychain_store_versions SET wrapped = zeroblob(126) WHERE uid = "
                "(SELECT uid FROM keychain_store_secrets WHERE name = 'b')"
            )
