"""`Rotation`: replaces the key that seals, while the store is in use, for several masters.

**The order**, which is what makes it safe to stop anywhere:

1. `start` adds a key to the ring: the ring before the database, always.
2. Each master that has loaded the ring says so in the database: `announce`.
3. When all that are alive have the key, `promote` makes it the primary one, in one transaction,
   with the root secret sealed again.
4. `rewrap` seals all data keys again, in batches. The work that is left is what the database says,
   so it goes on where it was, by whoever does it.
5. When none is left, `finish` retires the older keys. They stay in the ring, for backups.

Values are not touched, and no row's digest changes, so the journal has one entry. Blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildbot_keychain.errors import KeyRingError, StoreConflict, StoreError, StoreTampered, quote
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.records import VersionRow
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.ring import ADDED, KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.transaction import STORE, Change, SecretState, primary_digest

_CHOICES = frozenset({"create", "primary"})
"""Entries of the journal that say which key seals from then on."""

BATCH = 500
"""Data keys that are sealed in one transaction."""


@dataclass(frozen=True)
class KeyUse:
    """A key of the ring, and what it is for.

    :param use: ``primary``, ``waiting`` to be promoted, ``older`` while it seals data keys, or
        ``retired``.
    :param created: seconds since the epoch.
    :param data_keys: how many data keys are sealed with it.
    :param replaced: seconds since the epoch when another key began to seal in its place; 0 while
        none has. A backup from before that needs this key, and so may one that was made while data
        keys were sealed again.
    """

    id: bytes
    use: str
    created: int
    data_keys: int
    replaced: int = 0


@dataclass(frozen=True)
class MasterKeys:
    """A master that has announced its keys.

    :param seen: seconds since the epoch.
    :param lacks: the ids of keys that it does not have, which are not retired.
    """

    name: str
    seen: int
    lacks: tuple[bytes, ...]


class Rotation:
    """The rotation of the keys of a store.

    :param ring_file: the file of the ledger's ring.
    """

    def __init__(self, ledger: Ledger, ring_file: RingFile) -> None:
        self._ledger = ledger
        self._ring_file = ring_file
        self._contents = Contents(ledger)

    def known_keys(self) -> tuple[KeyUse, ...]:
        """Return the keys of the ring, the oldest first.

        :raise StoreError: when the ring or the database cannot be read.
        """
        ring = self._ledger.reload_ring()
        with self._ledger.reading() as view:
            primary, in_use = view.store.primary, view.rows.keys_in_use()
            chosen = [entry for entry in view.history(STORE) if entry.operation in _CHOICES]
        choices = {entry.digest: at for at, entry in enumerate(chosen)}
        waiting = _waiting(ring, primary)
        found = []
        for key in ring.keys:
            use = "older" if key.state == ADDED else "retired"
            if key.id == primary:
                use = "primary"
            elif key.id in waiting:
                use = "waiting"
            at = choices.get(primary_digest(key.id), len(chosen))
            replaced = chosen[at + 1].time if at + 1 < len(chosen) else 0
            found.append(KeyUse(key.id, use, key.created, in_use.get(key.id, 0), replaced))
        return tuple(found)

    def masters(self) -> tuple[MasterKeys, ...]:
        """Return who has announced keys, by their names.

        :raise StoreError: when the ring or the database cannot be read.
        """
        needed = [key.id for key in self._ledger.reload_ring().keys if key.state == ADDED]
        with self._ledger.reading() as view:
            masters = sorted(view.rows.masters().items())
        return tuple(
            MasterKeys(name, seen, tuple(kid for kid in needed if kid not in kids))
            for name, (seen, kids) in masters
        )

    def announce(self, master: str, now: int) -> None:
        """Write which keys a master has, as of now, in seconds since the epoch.

        The ring is read while nobody else writes: a key that was announced before is in it.

        :raise StoreError: when the ring cannot be read, or the database written.
        """
        with self._ledger.database.writing() as rows:
            rows.put_master(master, [key.id for key in self._ledger.reload_ring().keys], now)

    def is_interrupted(self) -> bool:
        """Return whether the rotation to the primary key has not been finished.

        :raise StoreError: when the ring or the database cannot be read.
        """
        return bool(_older(self._ledger.reload_ring(), self.primary()))

    def primary(self) -> bytes:
        """Return the id of the key that seals.

        :raise StoreError: when the database cannot be read.
        """
        with self._ledger.reading() as view:
            return view.store.primary

    def start(self, now: int) -> bytes:
        """Return the id of the key to promote: a new one, unless one waits for that already.

        :raise StoreError: when the ring cannot be written.
        """
        with self._ledger.reading() as view:
            primary = view.store.primary

        def with_new_key(ring: KeyRing) -> KeyRing:
            return ring if _waiting(ring, primary) else ring.with_new_key(now)

        ring = self._ring_file.update(with_new_key)
        self._ledger.update_ring(ring)
        return _waiting(ring, primary)[-1]

    def promote(
        self, kid: bytes, *, now: int, alive_since: int, replaced: bytes | None = None
    ) -> None:
        """Make a key of the ring the primary one; nothing happens if it is.

        :param replaced: the primary one until then; by default, it may be any.
        :param alive_since: seconds since the epoch; masters that have not announced their keys
            since are not waited for. Before they have the key, they cannot open what it seals.
        :raise StoreConflict: when a master that is alive lacks the key, or another key is replaced.
        :raise StoreError: when it cannot be written.
        """
        with self._ledger.writing(now) as change:
            if replaced not in {None, change.store.primary}:
                raise StoreConflict(ANOTHER_KEY)
            if change.store.primary == kid:
                return
            lacking = sorted(
                master
                for master, (seen, kids) in change.rows.masters().items()
                if seen >= alive_since and kid not in kids
            )
            if lacking:
                msg = (
                    f"the key {kid.hex()} is not in the ring of {', '.join(map(quote, lacking))}; "
                    "copy the ring there first, and try again in a minute"
                )
                raise StoreConflict(msg)
            change.put_primary(kid, self._ledger.sealed_root(kid, change.store))

    def rewrap(
        self, now: int, progress: Callable[[int], object] | None = None, batch: int = BATCH
    ) -> Resealed:
        """Seal the data keys that are sealed with another key than the primary one.

        :param progress: called after each transaction, with how many are done.
        :raise StoreError: when the database cannot be written, or the ring lacks the primary key.
        """
        done, problems = 0, []
        after: tuple[bytes, int] | None = (b"", 0)
        while after is not None:
            with self._ledger.writing(now) as change:
                rows = change.rows.versions_with_other_key(change.store.primary, batch, after)
                names = change.rows.names([row.uid for row in rows])
                for row in rows:
                    problem = self._rewrap(change, row, names.get(row.uid, ""))
                    done += problem is None
                    problems += [problem] if problem else []
                after = (rows[-1].uid, rows[-1].version) if rows else None
            if progress is not None and rows:
                progress(done)
        return Resealed(done, tuple(problems))

    def finish(self) -> None:
        """Retire the keys that are older than the primary one; newer ones wait to be promoted.

        :raise StoreConflict: when a data key is sealed with another key than the primary one.
        :raise StoreError: when the ring cannot be written, or lacks the primary key.
        """
        with self._ledger.reading() as view:
            primary = view.store.primary
            left = {kid: count for kid, count in view.rows.keys_in_use().items() if kid != primary}
        if left:
            found = ", ".join(f"{count} with {kid.hex()}" for kid, count in sorted(left.items()))
            msg = f"data keys are still sealed with older keys ({found}); seal them again first"
            raise StoreConflict(msg)

        def retired(ring: KeyRing) -> KeyRing:
            ring.key(primary)  # which the ring must have
            for kid in _older(ring, primary):
                ring = ring.with_retired(kid)
            return ring

        self._ledger.update_ring(self._ring_file.update(retired))

    def complete(self, now: int, progress: Callable[[int], object] | None = None) -> Resealed:
        """Seal the rest with the primary key, and retire older ones if all data keys open.

        :param progress: as `rewrap` has it.
        :raise StoreError: when a step cannot be done; the store is in use as before.
        """
        done = self.rewrap(now, progress)
        if not done.problems:
            self.finish()
        return done

    def rotate(
        self, *, now: int, alive_since: int, progress: Callable[[int], object] | None = None
    ) -> Resealed:
        """Do all of it, from where it was interrupted, for masters that share the ring's file.

        Where nothing is left of it but data keys that do not open, another rotation begins.

        :raise StoreError: when a step cannot be done; the store is in use as before.
        """
        done = self._finish_interrupted(now, progress)
        if done is None:
            self.promote(self.start(now), now=now, alive_since=alive_since)
            done = self.complete(now, progress)
        return done

    def rotate_if_older(
        self,
        oldest: int,
        master: str | None = None,
        *,
        now: int,
        alive_since: int,
        progress: Callable[[int], object] | None = None,
    ) -> tuple[bytes, Resealed] | None:
        """Do all of it if the primary key is older than `oldest`, or a rotation is not finished.

        Of several masters that share the ring's file and do this, one begins: the lock of the
        database decides which; the others find a key that is new, and at most help.

        :param oldest: seconds since the epoch.
        :param master: as whom to announce the keys, with the new one; nobody by default.
        :param progress: as `rewrap` has it.
        :return: the id of the primary key, and what was done; ``None`` where nothing is due.
        :raise StoreError: when a step cannot be done; the store is in use as before.
        """
        done = self._finish_interrupted(now, progress)
        if done is None:
            kid = self._start_if_older(oldest, now)
            if kid is None:
                return None
            if master is not None:
                self.announce(master, now)
            self.promote(kid, now=now, alive_since=alive_since)
            done = self.complete(now, progress)
        with self._ledger.reading() as view:
            return view.store.primary, done

    def _finish_interrupted(
        self, now: int, progress: Callable[[int], object] | None
    ) -> Resealed | None:
        """Complete a rotation that is not finished; return ``None`` if another one is to begin."""
        done = self.complete(now, progress) if self.is_interrupted() else None
        return None if done is None or done.is_stuck else done

    def _start_if_older(self, oldest: int, now: int) -> bytes | None:
        """Return the id of the key to promote, or ``None`` if the primary key is not older."""
        with self._ledger.writing(now) as change:  # nobody promotes meanwhile
            primary = change.store.primary
            keys = self._ledger.reload_ring().keys
            is_older = any(key.id == primary and key.created <= oldest for key in keys)
            return self.start(now) if is_older else None

    def _rewrap(self, change: Change, row: VersionRow, name: str) -> str | None:
        """Seal a data key again, and return what is wrong with it, if it does not open."""
        secret = SecretState(row.uid, name, row.version, 0, (row,))
        try:
            data_key = self._contents.data_key(secret, row)
        except (StoreTampered, KeyRingError) as error:
            return str(error)
        new = self._contents.wrap(change.store.primary, name, row, data_key)
        if not change.rows.rewrap(row, new.kid, new.wrapped):
            raise StoreError("a data key changed while its row was locked")
        return None


ANOTHER_KEY = "the keys are not as they were seen: look at them again"
"""Why a rotation does not begin that somebody else was before."""


def require_all(done: Resealed) -> None:
    """Raise `StoreTampered` if a rotation could not seal all data keys again."""
    if done.problems:
        msg = f"data keys could not be sealed again: {'; '.join(done.problems)}"
        raise StoreTampered(msg)


def _older(ring: KeyRing, primary: bytes) -> list[bytes]:
    """Return the keys of a ring that are older than the primary one, and not retired."""
    ids = [key.id for key in ring.keys]
    at = ids.index(primary) if primary in ids else 0
    return [key.id for key in ring.keys[:at] if key.state == ADDED]


def _waiting(ring: KeyRing, primary: bytes) -> list[bytes]:
    """Return the keys of a ring that are newer than the primary one, and were not promoted yet."""
    ids = [key.id for key in ring.keys]
    at = ids.index(primary) if primary in ids else -1
    return [key.id for key in ring.keys[at + 1 :] if key.state == ADDED]
