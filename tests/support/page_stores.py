"""`StoresOnDisk`: an `IStores` with a real store in SQLite, which is made when it is asked for."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from twisted.internet.defer import Deferred, execute
from zope.interface import implementer

from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import Change, Done
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring import ADDED, RingKey
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.rotating import KeyStatus, Rotating, Seen
from buildbot_keychain.web import IStores
from buildbot_keychain.web.host_stores import Deleted, Description, Stored
from tests.support.store_keys import NOW

T = TypeVar("T")

STORE = "store"
SECRET, DELETED = "store!deploy/token", "store!gone"
WAITING = "0123456789abcdef"
"""The id of a change that waits."""

KEY = RingKey(b"k" * 32, ADDED, NOW).id.hex()
"""The id of the key that seals."""

VALUE = "kZ4vt9Qw2LmXrTyPs6"
"""Of all versions of both secrets."""


@implementer(IStores)
class StoresOnDisk:
    """Has one store, with a secret of two versions, a deleted one, and one that two people change.

    :ivar changed: who changed what.
    :ivar away: whether its database does not answer.
    """

    names: tuple[str, ...] = (STORE,)

    def __init__(self) -> None:
        self.changed: list[tuple[str, Change]] = []
        self.away = False
        self._rotating = Rotating()

    @cached_property
    def opened(self) -> OpenStore:
        base = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, base, ignore_errors=True)
        url = f"sqlite:///{base / 'secrets.sqlite'}"
        database = Database(url)
        ring = RingFile(base / "ring")
        with patch("secrets.token_bytes", lambda length: b"k" * length):
            create_store(database, ring, now=NOW, actor="init", beside_database=True)
        database.close()
        store = OpenStore(url, base / "ring", actor="init")
        for _ in range(2):
            store.secrets.set("deploy/token", VALUE, now=NOW, tags=["prod"])
        store.secrets.set("gone", VALUE, now=NOW)
        store.secrets.delete("gone", now=NOW)
        store.secrets.set("both", VALUE, now=NOW, tags=[TWO_PERSONS])
        with (
            store.ledger.acting_as("otto"),
            patch("secrets.token_hex", lambda _: WAITING),
        ):
            pending.make(store.secrets, NOW, Change("edit", "both", metadata={"description": "d"}))
        return store

    def value(self, name: str = "deploy/token") -> str | bytes | None:
        found = self.opened.secrets.get(name)
        return None if found is None else found.content

    def find(self, store: str, name: str) -> Deferred[Stored | None]:
        def find() -> Stored | None:
            secrets = self.opened.secrets
            current = secrets.describe(name)
            if current is None:
                return None
            found = tuple(secrets.versions(name)), tuple(secrets.history(name))
            return Stored(store, current, *found)

        return self._do(find)

    def page(self, store: str, after: str, limit: int) -> Deferred[Sequence[Description]]:
        return self._do(lambda: self.opened.secrets.page(after, limit))

    def deleted(self, store: str, age: int, after: str, limit: int) -> Deferred[Sequence[Deleted]]:
        return self._do(lambda: self.opened.secrets.deleted(NOW - age, after, limit))

    def change(self, store: str, person: str, change: Change) -> Deferred[Done]:
        def do() -> Done:
            with self.opened.ledger.acting_as(person):
                done = pending.make(self.opened.secrets, NOW, change)
            self.changed.append((person, change))
            return done

        return self._do(do)

    def waiting(self, store: str) -> Deferred[pending.Waiting]:
        return self._do(lambda: pending.waiting(self.opened.secrets, NOW))

    def confirm(self, store: str, person: str, number: str) -> Deferred[Done]:
        return self._do(lambda: pending.confirm(self.opened.secrets, NOW, number, person))

    def discard(self, store: str, person: str, number: str) -> Deferred[None]:
        return self._do(lambda: pending.discard(self.opened.secrets, NOW, number))

    def keys(self, store: str) -> Deferred[KeyStatus]:
        return self._do(lambda: self._rotating.status(self.opened))

    def rotate(self, store: str, person: str, seen: Seen) -> Deferred[None]:
        return self._do(lambda: self._rotating.begin(self.opened, person, "m1", NOW, seen))

    def go_on_rotating(self) -> None:
        """Do what a provider does in its own time."""
        self._rotating.go_on(self.opened, NOW)

    def _do(self, do: Callable[[], T]) -> Deferred[Any]:
        if self.away:
            return execute(_fail)
        return execute(do)


def _fail() -> None:
    raise StoreUnavailable("the database does not answer")
