"""`Ledger`: a store that is open, with its keys, and its journal up to the last entry.

Blocks; may be used by several threads. It has the ring, the keys that are derived from the root
secret, and the `JournalState`, which it brings up to date at the beginning of each `Transaction`.
So it notices a database that was put back, and a transaction, a row that something else has
changed.

**Locks.** A reader takes our lock and then reads; a writer takes the database's lock, and ours only
while it brings the state up to date. Readers never wait for the database's lock, so neither waits
for the other. While a writer has the database's lock, the state cannot change.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from buildbot_keychain.errors import (
    DamagedBox,
    KeyRingError,
    NotABox,
    StoreError,
    StoreTampered,
    WrongKey,
)
from buildbot_keychain.store.checkpoint import MANY
from buildbot_keychain.store.database import Database, Rows, StoreRow
from buildbot_keychain.store.derived_keys import (
    DerivedKeys,
    new_root_secret,
    open_root_secret,
    seal_root_secret,
)
from buildbot_keychain.store.journal import (
    HEAD_CHANGED,
    START,
    Entry,
    Head,
    JournalState,
    require_not_older,
    signed,
)
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.transaction import STORE, Change, Transaction, primary_digest

_ROOT_BOX = "the box of the root secret, in the store's own row"


class Ledger:
    """A store that is open.

    :param database: where its rows are.
    :param ring_file: where its keys are; read again when a key is missing.
    :param seen: where the end of the journal is kept as it was seen last.
    :param actor: who uses it, for the journal.
    :ivar seen_problem: why the end of the journal could not be kept, where it was seen last; it is
        tried again. Meanwhile the store is in use, but a later roll-back may not be noticed.
    :raise StoreError: when it cannot be opened, is older than what was seen, or was changed.
    """

    def __init__(
        self,
        database: Database,
        ring_file: RingFile,
        actor: str,
        seen: SeenHead | None = None,
        *,
        accept_rollback: bool = False,
    ) -> None:
        self.database = database
        self._ring_file = ring_file
        self._seen = seen
        self._actor = actor
        self._acting = threading.local()
        self._lock = threading.Lock()
        self.seen_problem: str | None = None
        self._ring = ring_file.read()
        self._require_same_store()
        # Before the database is read: in the meantime, others may see more of it.
        last = seen.read(self.store_id) if seen is not None and not accept_rollback else None
        with database.reading() as rows:
            store = rows.store()
            self._keys = DerivedKeys.of(self._root_secret(store))
            self._state = self._begin(rows, last)
            begin = self._state.head.seq
            self._state.follow(rows.entries(begin), store.head)
            self._require_primary(store)
            if last is not None:
                require_not_older(last, store.head, rows.mac_at(last.seq))
        if seen is not None and accept_rollback:
            seen.accept(store.store_id, store.head)
        elif seen is not None:
            seen.advance(store.store_id, store.head)
        if seen is not None and self._state.head.seq - begin >= MANY:
            seen.checkpoint.write(self._state)

    @classmethod
    def create(cls, database: Database, ring: KeyRing, now: int, actor: str) -> None:
        """Make a store, of which the ring is written already: the ring before the database, always.

        :param now: seconds since the epoch.
        :raise StoreConflict: when there is a store in the database.
        """
        primary = ring.keys[-1]
        root_secret = new_root_secret()
        key = ring.sealing_key(primary.id)
        root_box = seal_root_secret(key, ring.store_id, root_secret)
        first = Entry(0, now, "create", STORE, 0, actor, primary_digest(primary.id))
        first = signed(DerivedKeys.of(root_secret).journal, START, first)
        database.create(StoreRow(ring.store_id, primary.id, root_box, first.head), first)

    @property
    def store_id(self) -> bytes:
        """The 16 bytes that name the store."""
        return self._ring.store_id

    @property
    def end(self) -> tuple[bytes, Head] | None:
        """The store, and the end of its journal as it was seen here; ``None`` if a file has it."""
        return (self.store_id, self._state.head) if self._seen is None else None

    def require_end(self, store_id: bytes, head: Head) -> None:
        """Check that the journal has the `end` of a ledger that was open before this one.

        :raise StoreRolledBack: when it does not. That of another store is not looked for.
        """
        if store_id == self.store_id and self._seen is None:
            with self.database.reading() as rows:
                require_not_older(head, rows.store().head, rows.mac_at(head.seq))

    @property
    def metadata_key(self) -> bytes:
        """The key of metadata."""
        return self._keys.metadata

    @contextlib.contextmanager
    def acting_as(self, actor: str) -> Iterator[None]:
        """Have the journal say that what this thread does meanwhile was done by somebody else."""
        self._acting.actor = actor
        try:
            yield
        finally:
            del self._acting.actor

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Show the store as it is at one moment.

        :raise StoreError: when it cannot be read, was put back, or its journal was changed.
        """
        with self._lock, self.database.reading() as rows:
            yield self._caught_up(rows)

    @contextlib.contextmanager
    def writing(self, now: int) -> Iterator[Change]:
        """Hold the lock of writers, and write at the end.

        :param now: seconds since the epoch.
        :raise StoreError: when it cannot be written, was put back, or its journal was changed.
        """
        joined = getattr(self._acting, "change", None)
        if joined is not None:
            yield joined
            return
        with self.database.writing() as rows:
            with self._lock:
                view = self._caught_up(rows)
            actor = getattr(self._acting, "actor", self._actor)
            change = Change(view, now, actor, self._keys.journal)
            yield change
        with self._lock:
            if change.entries and self._state.head == view.store.head:
                self._state.follow(change.entries, change.entries[-1].head)
                self._advance_seen()

    @contextlib.contextmanager
    def together(self, now: int) -> Iterator[None]:
        """Have all that this thread writes meanwhile be one transaction: all is done, or nothing.

        It may write to each secret once; what it reads is as it was before.

        :param now: seconds since the epoch, of all of it.
        :raise StoreError: as `writing` does.
        """
        with self.writing(now) as change:
            self._acting.change = change
            try:
                yield
            finally:
                del self._acting.change

    def read_journal(self, rows: Rows, store: StoreRow) -> tuple[JournalState, str | None]:
        """Return what the journal says, read from its beginning, and what is wrong with it.

        What it says is that up to what is wrong.
        """
        state = JournalState(self._keys.journal)
        try:
            state.follow(rows.entries(), store.head)
        except StoreTampered as error:
            return state, str(error)
        return state, None

    def require_root_secret(self, store: StoreRow) -> None:
        """Check that the root secret opens, and is the one from which the keys were derived.

        :raise StoreTampered: when it does not, or is not.
        :raise KeyRingError: when the ring lacks the primary key.
        """
        if DerivedKeys.of(self._root_secret(store)) != self._keys:
            msg = f"{_ROOT_BOX}: it is another one than when the store was opened"
            raise StoreTampered(msg)

    def key(self, kid: bytes) -> bytes:
        """Return a key of the ring, to open with.

        :raise KeyRingError: when the ring lacks it, and its file does too.
        """
        try:
            return self._ring.key(kid)
        except KeyRingError:
            self.reload_ring()
        return self._ring.key(kid)

    def sealing_key(self, kid: bytes) -> bytes:
        """Return a key of the ring, to seal with.

        :raise KeyRingError: when the ring lacks it, and its file does too, or it is retired.
        """
        self.key(kid)
        return self._ring.sealing_key(kid)

    def sealed_root(self, kid: bytes, store: StoreRow) -> bytes:
        """Return the root secret in a box that another key opens."""
        root_secret = self._root_secret(store)
        return seal_root_secret(self.sealing_key(kid), store.store_id, root_secret)

    def reload_ring(self) -> KeyRing:
        """Read the ring again, and return it.

        :raise KeyRingError: when it cannot be read, or is of another store.
        """
        ring = self._ring_file.read()
        if ring.store_id != self._ring.store_id:
            msg = f"the key ring {self._ring_file.path} was replaced by that of another store"
            raise KeyRingError(msg)
        self._ring = ring
        return ring

    def update_ring(self, ring: KeyRing) -> None:
        """Use a ring that was written to its file."""
        self._ring = ring

    def _require_same_store(self) -> None:
        with self.database.reading() as rows:
            if rows.store().store_id != self.store_id:
                msg = (
                    f"the key ring {self._ring_file.path} is of another store than "
                    f"{self.database.name}; restore the one that belongs to it"
                )
                raise KeyRingError(msg)

    def _root_secret(self, store: StoreRow) -> bytes:
        try:
            return open_root_secret(self.key(store.primary), store.store_id, store.root_box)
        except (DamagedBox, NotABox, WrongKey) as error:
            msg = f"{_ROOT_BOX}: {error}"
            raise StoreTampered(msg) from error

    def _caught_up(self, rows: Rows) -> Transaction:
        store, head = rows.store(), self._state.head
        if store.head != head:
            if store.head.seq <= head.seq:
                found = rows.mac_at(head.seq)
                if found != head.mac:
                    require_not_older(head, store.head, found)
                raise StoreTampered(HEAD_CHANGED)
            self._state.follow(rows.entries(head.seq), store.head)
        self._require_primary(store)
        if store.head != head or self.seen_problem is not None:
            self._advance_seen()
        return Transaction(rows, store, self._state, self._keys.journal)

    def _begin(self, rows: Rows, last: Head | None) -> JournalState:
        """Return the beginning of the journal, or a checkpoint of it that the database has.

        One that is later than what was seen last is not used: what was seen would not be verified.
        """
        if self._seen is not None and last is not None:
            known = self._seen.checkpoint.read(self._keys.journal)
            if 0 < known.head.seq <= last.seq and rows.mac_at(known.head.seq) == known.head.mac:
                return known
        return JournalState(self._keys.journal)

    def _require_primary(self, store: StoreRow) -> None:
        if self._state.digest(STORE) != primary_digest(store.primary):
            raise StoreTampered("the id of the primary key was changed by something else")

    def _advance_seen(self) -> None:
        if self._seen is None:
            return
        try:
            self._seen.advance(self.store_id, self._state.head)
            self.seen_problem = None
        except StoreError as error:  # a change is written, and a value can be served, all the same
            self.seen_problem = str(error)
