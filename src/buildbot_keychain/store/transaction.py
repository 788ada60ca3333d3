"""`Transaction`: a store as it is at one moment, and `Change`, which writes to it. Blocks.

The rows of a secret are believed if they are as the journal has them; what was read of the journal
before is passed in, as is its key. Each change writes one entry, and makes it the head.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from buildbot_keychain.errors import NotInStore, StoreConflict, StoreTampered, quote
from buildbot_keychain.store.database import Rows, StoreRow
from buildbot_keychain.store.envelope import encode_fields
from buildbot_keychain.store.journal import Entry, JournalState, signed
from buildbot_keychain.store.records import (
    ABSENT,
    CurrentRow,
    VersionRow,
    current_mac,
    digest_of,
)

NOTHING = "none"
"""The revision of a secret that there is not, nor a deleted one."""

STORE = b""
"""The uid of journal entries about the store as a whole."""


@dataclass(frozen=True)
class SecretState:
    """The rows of a secret.

    :param version: the number of the current version.
    :param deleted: seconds since the epoch when it was deleted; 0 while it is not.
    :param seq: the last entry of the journal about it, as it was read; 0 if it was not.
    """

    uid: bytes
    name: str
    version: int
    deleted: int
    versions: tuple[VersionRow, ...]
    seq: int = 0

    def row(self, version: int) -> VersionRow | None:
        """Return the row of a version, or ``None`` where it is not kept."""
        return next((row for row in self.versions if row.version == version), None)

    def digest(self) -> bytes:
        """Return what the journal keeps of it."""
        return digest_of(self.uid, self.name, self.version, self.deleted, self.versions)

    @property
    def revision(self) -> str:
        """What tells users of the store whether anything has been done to it meanwhile."""
        return f"{self.seq}-{self.digest().hex()}"


class Transaction:
    """The store within one transaction.

    :ivar store: the store's own row.
    :ivar state: the journal, up to this transaction.
    """

    def __init__(self, rows: Rows, store: StoreRow, state: JournalState, key: bytes) -> None:
        self.rows = rows
        self.store = store
        self.state = state
        self._key = key

    def find(self, name: str) -> SecretState | None:
        """Return the rows of the secret of a name, be it deleted; ``None`` where there is none.

        :raise StoreTampered: when they are not as the journal has them.
        """
        uid = self.state.uid(name)
        return None if uid is None else self.load(uid)

    def require(
        self, name: str, *, deleted: bool = False, revision: str | None = None
    ) -> SecretState:
        """Return the rows of the secret of a name.

        :param deleted: whether it may be deleted.
        :param revision: what its `SecretState.revision` must be; by default, it may be any.
        :raise NotInStore: when there is no such secret.
        :raise StoreConflict: when it has another revision.
        :raise StoreTampered: when they are not as the journal has them.
        """
        secret = self.find(name)
        if secret is None or (secret.deleted and not deleted):
            msg = f"secret {quote(name)} is not in the store"
            raise NotInStore(msg + (" (it was deleted)" if secret else ""))
        if revision not in {None, secret.revision}:
            msg = f"secret {quote(name)}: somebody else has changed it"
            raise StoreConflict(msg)
        return secret

    def expect(self, name: str, revision: str | None) -> SecretState | None:
        """Return the rows of the secret of a name, be it deleted; ``None`` where there is none.

        :param revision: what its `SecretState.revision` must be, or `NOTHING`; ``None`` for
            whatever there is.
        :raise NotInStore: when there must be a secret, and is none.
        :raise StoreConflict: when it has another revision, or there must not be one.
        :raise StoreTampered: when they are not as the journal has them.
        """
        found = self.find(name)
        if revision is None or (revision == NOTHING and found is None):
            return found
        return self.require(name, deleted=True, revision=revision)

    def load(self, uid: bytes) -> SecretState:
        """Return the rows of a secret.

        :raise StoreTampered: when they are not as the journal has them.
        """
        return self.load_all([uid])[0]

    def load_all(self, uids: Sequence[bytes]) -> list[SecretState]:
        """Return the rows of some secrets.

        :raise StoreTampered: when those of one are not as the journal has them.
        """
        try:
            names, currents = self.rows.names(uids), self.rows.currents(uids)
            versions = self.rows.versions(uids)
        except StoreTampered as error:
            if len(uids) > 1:  # to say which
                return [self.load(uid) for uid in uids]
            raise StoreTampered(f"{self._called(uids[0])}: {error}") from error
        return [
            self._verified(uid, names.get(uid), currents.get(uid), versions.get(uid, []))
            for uid in uids
        ]

    def _verified(
        self, uid: bytes, name: str | None, current: CurrentRow | None, versions: list[VersionRow]
    ) -> SecretState:
        expected = self.state.digest(uid)
        if name is None or current is None or not versions:
            raise StoreTampered(f"{self._called(uid)}: rows were removed by something else")
        found = SecretState(
            uid, name, current.version, current.deleted, tuple(versions), current.seq
        )
        digest = found.digest()
        mac = current_mac(self._key, uid, current.version, current.deleted, current.seq, digest)
        if digest == expected and hmac.compare_digest(mac, current.mac):
            return found
        raise StoreTampered(f"{self._called(uid)}: {self._explanation(found, digest)}")

    def history(self, uid: bytes) -> list[Entry]:
        """Return the entries of the journal about a secret, in their order.

        :raise StoreTampered: when they are not those that were verified.
        """
        entries = self.rows.entries_of(uid)
        if not self.state.has_history(uid, entries):
            msg = (
                f"{self._called(uid)}: entries of the journal about it were changed, added or "
                "removed by something else"
            )
            raise StoreTampered(msg)
        return entries

    def _called(self, uid: bytes) -> str:
        return f"secret {quote(self.state.name(uid) or uid.hex())}"

    def _explanation(self, found: SecretState, digest: bytes) -> str:
        for entry in self.rows.entries_of(found.uid):
            if entry.digest == digest != self.state.digest(found.uid):
                return (
                    f"its rows are old ones, as they were after entry {entry.seq} of the journal; "
                    "something else has put them back"
                )
        name = self.state.name(found.uid)
        if name != found.name:
            return f"something else has named it {quote(found.name)}"
        return "its rows were changed, copied or removed by something else"


class Change(Transaction):
    """A transaction that writes.

    :param now: seconds since the epoch.
    """

    def __init__(self, view: Transaction, now: int, actor: str, journal_key: bytes) -> None:
        super().__init__(view.rows, view.store, view.state, journal_key)
        self.now = now
        self.entries: list[Entry] = []
        self._actor = actor
        self._head = view.store.head

    def record(self, operation: str, version: int, after: SecretState) -> None:
        """Write what was done to a secret whose other rows have been written."""
        digest = after.digest()
        seq = self._record(operation, after.uid, version, digest)
        mac = current_mac(self._key, after.uid, after.version, after.deleted, seq, digest)
        self.rows.put_current(CurrentRow(after.uid, after.version, after.deleted, seq, mac))

    def record_removal(self, operation: str, uid: bytes) -> None:
        """Write that a secret's rows have been removed."""
        self._record(operation, uid, 0, ABSENT)

    def put_primary(self, primary: bytes, root_box: bytes) -> None:
        """Make another key the one that seals."""
        self.store = StoreRow(self.store.store_id, primary, root_box, self._head)
        self.rows.put_store(self.store)
        self._record("primary", STORE, 0, primary_digest(primary))

    def _record(self, operation: str, uid: bytes, version: int, digest: bytes) -> int:
        entry = Entry(0, self.now, operation, uid, version, self._actor, digest)
        entry = signed(self._key, self._head, entry)
        self._head = entry.head
        self.rows.add_entry(entry)
        self.entries.append(entry)
        return entry.seq


def primary_digest(kid: bytes) -> bytes:
    """Return what the journal keeps of the choice of the key that seals."""
    return hashlib.sha256(encode_fields([b"primary", kid])).digest()
