"""The journal: what was done to the store, in an order that nobody can rewrite. Pure.

Each entry has a MAC over itself and the MAC of the entry before it, under a key that is derived
from the root secret. So an entry that was edited, removed, added or moved breaks the chain, and the
message says where. What remains is a database that was put back as a whole, or cut off at its end:
its chain is good, but short. For that, everyone who uses the store keeps the last *head* that they
saw, the number and MAC of an entry, elsewhere; a database that lacks this entry is an older one, or
has another history.

An entry keeps a digest of the secret's rows as they were after it (`records`). `JournalState`
knows the name and the last digest of each secret, by which rows are verified before they are
believed. So a name that is not in the store is known not to be: removing or renaming a row does not
make a lookup go on to another place. And it has a digest of all entries about a secret, by which
they are verified when they are read again. It takes about 600 bytes of memory for each secret.

Verifying 100,000 entries takes a second or two. Whoever has done so may keep a *checkpoint*: what
the journal said up to an entry, with a MAC under the journal key. Who begins with it verifies the
entries after that one; those before count as they were when they were verified. An older checkpoint
that was put in its place says less, and nothing else: the entries after it are verified against it.

What must not change: the bytes of an entry that the MAC is over.
"""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from buildbot_keychain.errors import StoreRolledBack, StoreTampered
from buildbot_keychain.store.envelope import LABEL, encode_fields, u64
from buildbot_keychain.store.records import ABSENT, UID_LENGTH

NAMING = frozenset({"create", "rename"})
"""Operations that give a secret its name."""

HEAD_CHANGED = "the head of the journal was changed by something else"

_NO_HISTORY = bytes(32)
"""The digest of no entries."""

_STORE = b""
"""The uid of entries about the store as a whole."""

_CHECKPOINT = LABEL + b" checkpoint 1"
"""What the MAC of a checkpoint is over, before it: no other MAC under the key begins so."""


@dataclass(frozen=True)
class Head:
    """The end of a journal: the number and MAC of its last entry."""

    seq: int
    mac: bytes = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """What was done to a secret, or to the store as a whole.

    :param seq: counts from 1, without gaps.
    :param time: seconds since the epoch.
    :param operation: a word, such as ``set``; after `NAMING`, a blank and the secret's new name.
    :param uid: the secret's; empty where it is the store as a whole.
    :param version: the version that it was about; 0 where that makes no sense.
    :param actor: who did it.
    :param digest: of the secret's rows after it.
    """

    seq: int
    time: int
    operation: str
    uid: bytes
    version: int
    actor: str
    digest: bytes = field(repr=False)
    mac: bytes = field(default=b"", repr=False)

    @property
    def head(self) -> Head:
        """The end of a journal that ends with it."""
        return Head(self.seq, self.mac)


START = Head(0, bytes(32))
"""The head of a journal without entries."""


def signed(journal_key: bytes, head: Head, entry: Entry) -> Entry:
    """Return an entry that follows a head, with its number and MAC."""
    numbered = replace(entry, seq=head.seq + 1)
    return replace(numbered, mac=_mac(journal_key, head.mac, _encoded(numbered)))


class JournalState:
    """What the journal says, up to its last entry that was verified.

    :ivar head: the number and MAC of that entry.
    """

    def __init__(self, journal_key: bytes) -> None:
        self.head = START
        self._key = journal_key
        self._digests: dict[bytes, bytes] = {}
        self._histories: dict[bytes, bytes] = {}
        self._names: dict[bytes, str] = {}
        self._uids: dict[str, bytes] = {}
        self._sorted: list[str] | None = None

    def follow(self, entries: Iterable[Entry], head: Head) -> set[bytes]:
        """Verify the entries after the last one, and return the secrets that they are about.

        :param head: where the database says that the journal ends.
        :raise StoreTampered: when one does not follow from the one before, or the end is missing.
            Nothing is believed of that and of later entries.
        """
        touched = set()
        for entry in entries:
            expected = self.head.seq + 1
            if entry.seq != expected:
                msg = f"entry {expected} of the journal was removed or moved"
                raise StoreTampered(msg)
            encoded = _encoded(entry)
            if not hmac.compare_digest(entry.mac, _mac(self._key, self.head.mac, encoded)):
                msg = f"entry {expected} of the journal was changed or put there by something else"
                raise StoreTampered(msg)
            self.head = entry.head
            touched.add(entry.uid)
            self._take(entry, encoded)
        if self.head.seq < head.seq:
            msg = f"the journal's entries {self.head.seq + 1} to {head.seq} were removed"
            raise StoreTampered(msg)
        if self.head != head and self.head.seq == head.seq:
            raise StoreTampered(HEAD_CHANGED)
        if self.head != head:
            msg = f"the journal has {self.head.seq} entries, but its head says {head.seq}"
            raise StoreTampered(msg)
        return touched

    def digest(self, uid: bytes) -> bytes:
        """Return the digest of a secret's rows as they must be; `ABSENT` where there are none."""
        return self._digests.get(uid, ABSENT)

    def has_history(self, uid: bytes, entries: Iterable[Entry]) -> bool:
        """Return whether these are the entries about a secret, all of them, in their order."""
        digest = _NO_HISTORY
        for entry in entries:
            digest = _history(digest, entry, _encoded(entry))
        return hmac.compare_digest(digest, self._histories.get(uid, _NO_HISTORY))

    def uid(self, name: str) -> bytes | None:
        """Return the uid of the secret of a name."""
        return self._uids.get(name)

    def name(self, uid: bytes) -> str | None:
        """Return the name of a secret."""
        return self._names.get(uid)

    def names_after(self, after: str = "", limit: int | None = None) -> list[str]:
        """Return the names of secrets that follow a name, sorted.

        :param limit: the most that are returned.
        """
        if self._sorted is None:
            self._sorted = sorted(self._uids)
        start = bisect_right(self._sorted, after)
        return self._sorted[start : None if limit is None else start + limit]

    def checkpoint(self) -> bytes:
        """Return all of it, for `from_checkpoint`."""
        uids = list(self._names)
        known = [_STORE, *uids]
        content = b"".join(
            (
                u64(self.head.seq),
                self.head.mac,
                len(uids).to_bytes(4, "big"),
                *uids,
                *(self._digests.get(uid, ABSENT) for uid in known),
                *(self._histories.get(uid, _NO_HISTORY) for uid in known),
                "\0".join(self._names.values()).encode("utf-8"),
            )
        )
        return content + hmac.digest(self._key, _CHECKPOINT + content, "sha256")

    @classmethod
    def from_checkpoint(cls, journal_key: bytes, content: bytes) -> JournalState | None:
        """Return what the journal said when a checkpoint was made.

        :return: ``None`` where it was not made with that key, or was changed.
        """
        content, mac = content[:-32], content[-32:]
        if not hmac.compare_digest(mac, hmac.digest(journal_key, _CHECKPOINT + content, "sha256")):
            return None
        found = cls(journal_key)
        found.head = Head(int.from_bytes(content[:8], "big"), content[8:40])
        count = int.from_bytes(content[40:44], "big")
        digests = 44 + UID_LENGTH * count
        histories = digests + 32 * (count + 1)
        names = histories + 32 * (count + 1)
        uids = _cut(content[44:digests], UID_LENGTH)
        known = [_STORE, *uids]
        found._digests = dict(zip(known, _cut(content[digests:histories], 32), strict=True))
        found._histories = dict(zip(known, _cut(content[histories:names], 32), strict=True))
        if uids:
            texts = content[names:].decode("utf-8").split("\0")
            found._names = dict(zip(uids, texts, strict=True))
            found._uids = dict(zip(texts, uids, strict=True))
        return found

    def _take(self, entry: Entry, encoded: bytes) -> None:
        word, _, name = entry.operation.partition(" ")
        if word in NAMING or entry.digest == ABSENT:
            self._sorted = None
            self._uids.pop(self._names.pop(entry.uid, ""), None)
        if entry.digest == ABSENT:
            self._digests.pop(entry.uid, None)
            self._histories.pop(entry.uid, None)
            return
        self._digests[entry.uid] = entry.digest
        self._histories[entry.uid] = _history(
            self._histories.get(entry.uid, _NO_HISTORY), entry, encoded
        )
        if word in NAMING and entry.uid:
            self._names[entry.uid] = name
            self._uids[name] = entry.uid


def require_not_older(seen: Head, head: Head, mac_at_seen: bytes | None) -> None:
    """Check that a database has the entry that was seen of it last.

    :param seen: the last head that was seen.
    :param head: the database's, which has been verified.
    :param mac_at_seen: the MAC of the database's entry of the number that was seen last; ``None``
        where it has none.
    :raise StoreRolledBack: when it lacks that entry, or has another one in its place.
    """
    remedy = "if it was restored from a backup, accept the roll-back"
    if head.seq < seen.seq:
        msg = (
            f"the database is older than what was seen of it: it ends with entry {head.seq} of its "
            f"journal, and entry {seen.seq} was seen; {remedy}"
        )
        raise StoreRolledBack(msg)
    found = START.mac if seen.seq == 0 else mac_at_seen
    if found is None or not hmac.compare_digest(found, seen.mac):
        msg = (
            f"the database has another history than what was seen of it, from entry {seen.seq} of "
            f"its journal or an earlier one; {remedy}"
        )
        raise StoreRolledBack(msg)


def _history(before: bytes, entry: Entry, encoded: bytes) -> bytes:
    """Return the digest of the entries of which `before` is that, and one more."""
    return hashlib.sha256(before + encoded + entry.mac).digest()


def _mac(journal_key: bytes, previous: bytes, encoded: bytes) -> bytes:
    return hmac.digest(journal_key, previous + encoded, "sha256")


def _cut(content: bytes, length: int) -> list[bytes]:
    return [content[at : at + length] for at in range(0, len(content), length)]


def _encoded(entry: Entry) -> bytes:
    return encode_fields(
        [
            u64(entry.seq),
            u64(entry.time),
            entry.operation.encode("utf-8"),
            entry.uid,
            u64(entry.version),
            entry.actor.encode("utf-8"),
            entry.digest,
        ]
    )
