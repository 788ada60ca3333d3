"""`Store`: secrets by name, each with its versions. What users of the package see.

Blocks; may be used by several threads, and so may the database by several masters. Every change is
one transaction that also writes one entry of the journal. Times are passed in, as seconds since the
epoch.

A version is never changed but for its metadata; a number is never used again. What is deleted can
be brought back until it is purged.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import takewhile
from operator import methodcaller
from typing import Any

from buildbot_keychain.errors import NotInStore, StoreConflict, quote
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.metadata import Metadata, changed
from buildbot_keychain.store.names import check_name
from buildbot_keychain.store.records import UID_LENGTH, VersionRow
from buildbot_keychain.store.transaction import Change, SecretState, Transaction
from buildbot_keychain.store.values import (
    HOUR,
    MAX_SIZE,
    Deleted,
    Description,
    Keep,
    Value,
    content_of,
)

__all__ = ["HOUR", "MAX_SIZE", "Description", "Keep", "Store", "Value"]

_BATCH = 1000
"""Names that are read in one transaction."""


class Store:
    """The secrets of a store that is open.

    :param ledger: its rows and keys.
    :param keep: which versions are kept.
    """

    def __init__(self, ledger: Ledger, keep: Keep | None = None) -> None:
        self._ledger = ledger
        self._contents = Contents(ledger)
        self._keep = keep or Keep()

    # ------------------------------------------------------------------------------- reading

    def get(self, name: str, version: int | None = None) -> Value | None:
        """Return the value of a secret, or ``None`` where there is no such secret.

        :param version: a number; the current version by default.
        :raise NotInStore: when the secret has no such version.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            secret = view.find(name)
            if secret is None or secret.deleted:
                return None
            row = _row(secret, version)
            payload = view.rows.payload(secret.uid, row.version)
        value, metadata = self._contents.open(secret, row, payload)
        return Value(value, row.version, metadata)

    def describe(self, name: str, version: int | None = None) -> Description | None:
        """Return what is known of a secret, or ``None`` where there is none, deleted ones included.

        :param version: a number; the current version by default.
        :raise NotInStore: when the secret has no such version.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            secret = view.find(name)
            if secret is None:
                return None
            uses = view.rows.uses([secret.uid])
            return self._description(uses, secret, _row(secret, version))

    def versions(self, name: str) -> Sequence[Description]:
        """Return the versions of a secret that are kept, the oldest first.

        :raise NotInStore: when there is no such secret.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            secret = view.require(name, deleted=True)
            uses = view.rows.uses([secret.uid])
            return [self._description(uses, secret, row) for row in secret.versions]

    def page(self, after: str = "", limit: int = 100, *, prefix: str = "") -> Sequence[Description]:
        """Return the current versions of the secrets after a name, sorted by it.

        Deleted ones are among them.

        :param prefix: what all of their names begin with, as `after` does; others are not read.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            found = view.state.names_after(after, limit)
            return self._descriptions(view, [each for each in found if each.startswith(prefix)])

    def describe_all(self, names: Iterable[str]) -> Sequence[Description]:
        """Return the current versions of those secrets that there are, deleted ones included.

        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            return self._descriptions(view, names)

    def digests(self, limit: int) -> dict[str, bytes]:
        """Return what each change of a secret makes another one, by the first names.

        Deleted ones are among them. It costs little: no row of a secret is read.

        :raise StoreError: when the store cannot be read, or was put back.
        """
        with self._ledger.reading() as view:
            names = view.state.names_after("", limit)
            return {name: view.state.digest(view.state.uid(name) or b"") for name in names}

    def _descriptions(self, view: Transaction, names: Iterable[str]) -> list[Description]:
        uids = [uid for uid in map(view.state.uid, names) if uid is not None]
        secrets = view.load_all(uids)
        uses = view.rows.uses([secret.uid for secret in secrets])
        return [self._description(uses, secret, _row(secret, None)) for secret in secrets]

    def deleted(self, before: int, after: str = "", limit: int = 100) -> Sequence[Deleted]:
        """Return the secrets after a name that were deleted until a time, sorted by name.

        :param before: seconds since the epoch.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        found: list[Deleted] = []
        names = [after]
        with self._ledger.reading() as view:
            while len(found) < limit and (names := view.state.names_after(names[-1], _BATCH)):
                uids = [uid for uid in map(view.state.uid, names) if uid is not None]
                currents = view.rows.currents(uids)
                deleted = [
                    uid for uid in uids if uid in currents and 0 < currents[uid].deleted <= before
                ]
                secrets = view.load_all(deleted[: limit - len(found)])
                uses = view.rows.uses([secret.uid for secret in secrets])
                for secret in secrets:
                    known = self._description(uses, secret, _row(secret, None))
                    found.append(Deleted(known, len(secret.versions)))
        return found

    def names(self) -> Iterator[str]:
        """Yield the names of the secrets that are not deleted, sorted.

        :raise StoreError: when the store cannot be read, or was put back.
        """
        names = [""]
        while names:
            with self._ledger.reading() as view:
                names = view.state.names_after(names[-1], _BATCH)
                uids = [view.state.uid(name) or b"" for name in names]
                found = view.rows.currents(uids)
            for name, uid in zip(names, uids, strict=True):
                if uid in found and not found[uid].deleted:
                    yield name

    def names_below(self, prefix: str) -> list[str]:
        """Return the names of all secrets that begin so, deleted ones included, sorted.

        No row of theirs is read.

        :raise StoreError: when the store cannot be read, or was put back.
        """
        with self._ledger.reading() as view:
            names = view.state.names_after(prefix)
        return list(takewhile(methodcaller("startswith", prefix), names))

    def history(self, name: str) -> Sequence[Entry]:
        """Return what the journal has of a secret, the oldest first.

        :raise NotInStore: when there is no such secret.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            secret = view.require(name, deleted=True)
            return view.history(secret.uid)

    def note_use(self, name: str, now: int) -> None:
        """Write that a secret was used, once an hour. The journal does not have it."""
        hour = now - now % HOUR
        with self._ledger.reading() as view:
            uid = view.state.uid(name)
            if uid is None or view.rows.uses([uid]).get(uid, 0) >= hour:
                return
        with self._ledger.database.writing() as rows:
            rows.put_used(uid, hour)

    # ------------------------------------------------------------------------------- writing

    def set(
        self,
        name: str,
        value: str | bytes,
        *,
        now: int,
        expected: int | None = None,
        revision: str | None = None,
        **metadata: Any,  # noqa: ANN401 - the fields of `Metadata`
    ) -> int:
        """Add a version of a secret, make it the current one, and return its number.

        :param expected: the number of the current version, or 0 where there must not be one;
            by default, whatever there is.
        :param revision: what `Description.revision` must be, or `NOTHING` where there must not
            even be a deleted one; by default, whatever there is.
        :param metadata: description, tags, allowed, expires, redact; those that are missing are as
            in the current version, but for an expiry that has passed. After a deletion, nothing is
            left of them but who may have it, and whether two people change it.
        :raise TypeError: when one of those is of another type, or there is no such field.
        :raise InvalidName: when no secret can have that name.
        :raise StoreConflict: when the current version is not the one that was expected.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        check_name(name)
        kind, content = content_of(value)
        with self._ledger.writing(now) as change:
            before = change.expect(name, revision)
            current = 0 if before is None or before.deleted else before.version
            _require_version(name, current, expected)
            if before is None:
                secret = SecretState(secrets.token_bytes(UID_LENGTH), name, 0, 0, ())
                known, number = Metadata(now), 1
                change.rows.add_secret(secret.uid, name)
            else:
                secret = before
                known = self._known(before, now)
                number = before.versions[-1].version + 1
            known = replace(changed(known, metadata), created=now, kind=kind)
            row, payload = self._contents.seal(change.store.primary, secret, number, known, content)
            change.rows.add_version(row, payload)
            after = replace(secret, version=number, deleted=0, versions=(*secret.versions, row))
            after = self._pruned(change, after)
            change.record("set" if before else f"create {name}", number, after)
        return number

    def rollback(
        self,
        name: str,
        version: int,
        *,
        now: int,
        expected: int | None = None,
        revision: str | None = None,
    ) -> None:
        """Make an older version the current one, under the rules that are in force.

        Builders that may have the secret are then those of the version that was current; the value
        is hidden, and two people change it, if either version was so. All else is the older
        version's, its expiry too.

        :param expected: the number that is current before; by default, any.
        :param revision: what `Description.revision` must be; by default, it may be any.
        :raise NotInStore: when there is no such secret or version.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            secret = change.require(name, revision=revision)
            row = _row(secret, version)
            _require_version(name, secret.version, expected)
            in_force = self._contents.metadata(secret, _row(secret, None))
            old = self._contents.metadata(secret, row)
            known = replace(
                changed(old, {"tags": old.tags + in_force.guard}),
                allowed=in_force.allowed,
                redact=old.redact or in_force.redact,
            )
            new = self._contents.edit(change.store.primary, secret, row, known)
            change.rows.put_version(new)
            after = replace(secret, version=version, versions=_with_row(secret, new))
            change.record("rollback", version, after)

    def edit(
        self,
        name: str,
        *,
        now: int,
        change_of: Callable[[Metadata], Mapping[str, Any]] = lambda _: {},
        revision: str | None = None,
        **metadata: Any,  # noqa: ANN401 - the fields of `Metadata`
    ) -> Metadata:
        """Change the metadata of the current version: description, tags, expiry and so on.

        :param change_of: returns more of those, given the metadata as it is: nobody else changes
            it meanwhile.
        :param revision: what `Description.revision` must be; by default, it may be any.
        :param metadata: description, tags, allowed, expires, redact; those that are missing stay.
        :return: the metadata as it is then.
        :raise TypeError: when one of those is of another type, or there is no such field.
        :raise NotInStore: when there is no such secret.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            secret = change.require(name, revision=revision)
            row = _row(secret, None)
            known = self._contents.metadata(secret, row)
            known = changed(known, {**metadata, **change_of(known)})
            new = self._contents.edit(change.store.primary, secret, row, known)
            change.rows.put_version(new)
            after = replace(secret, versions=_with_row(secret, new))
            change.record("edit", row.version, after)
        return known

    def rename(self, name: str, new_name: str, *, now: int, revision: str | None = None) -> int:
        """Rename a secret, and return the number of its version. Values are not encrypted again.

        :param revision: what `Description.revision` must be; by default, it may be any.
        :raise InvalidName: when no secret can have that name.
        :raise NotInStore: when there is no such secret.
        :raise StoreConflict: when another secret has the new name, be it deleted.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        check_name(new_name)
        with self._ledger.writing(now) as change:
            secret = change.require(name, revision=revision)
            if change.state.uid(new_name) is not None:
                msg = f"secret {quote(new_name)} exists already"
                raise StoreConflict(msg)
            rows = []
            for row in secret.versions:
                data_key = self._contents.data_key(secret, row)
                rows.append(self._contents.wrap(change.store.primary, new_name, row, data_key))
                change.rows.put_version(rows[-1])
            change.rows.rename(secret.uid, new_name)
            after = replace(secret, name=new_name, versions=tuple(rows))
            change.record(f"rename {new_name}", secret.version, after)
        return secret.version

    def delete(self, name: str, *, now: int, revision: str | None = None) -> None:
        """Delete a secret, so that lookups do not find it; `undelete` brings it back.

        :param revision: what `Description.revision` must be; by default, it may be any.
        :raise NotInStore: when there is no such secret.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            secret = change.require(name, revision=revision)
            change.record("delete", secret.version, replace(secret, deleted=max(now, 1)))

    def undelete(self, name: str, *, now: int, revision: str | None = None) -> int:
        """Bring a deleted secret back, and return the number of its version.

        :param revision: what `Description.revision` must be; by default, it may be any.
        :raise NotInStore: when there is no such deleted secret.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            secret = change.require(name, deleted=True, revision=revision)
            if not secret.deleted:
                msg = f"secret {quote(name)} is not deleted"
                raise NotInStore(msg)
            change.record("undelete", secret.version, replace(secret, deleted=0))
        return secret.version

    def purge(self, name: str, *, now: int, revision: str | None = None) -> None:
        """Remove a deleted secret and all of its versions for good.

        :param revision: what `Description.revision` must be; by default, it may be any.
        :raise NotInStore: when there is no such deleted secret.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            secret = change.require(name, deleted=True, revision=revision)
            if not secret.deleted:
                msg = f"secret {quote(name)} is not deleted; delete it first"
                raise NotInStore(msg)
            _remove(change, secret)

    def remove(self, name: str, *, now: int) -> None:
        """Remove a secret and all of its versions for good, deleted or not.

        :raise NotInStore: when there is no such secret.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            _remove(change, change.require(name, deleted=True))

    def together(self, now: int) -> AbstractContextManager[None]:
        """Return a context in which all that this thread changes is done, or nothing of it.

        Each secret may be changed once in it, and those that are read are as they were before.

        :param now: seconds since the epoch, of all changes.
        """
        return self._ledger.together(now)

    def _known(self, secret: SecretState, now: int) -> Metadata:
        """Return the metadata that a new version has, if nothing else is said."""
        known = self._contents.metadata(secret, _row(secret, None))
        if secret.deleted:
            return Metadata(now, tags=known.guard, allowed=known.allowed)
        return known if known.expired_at(now) is None else replace(known, expires=None)

    def _description(
        self, uses: dict[bytes, int], secret: SecretState, row: VersionRow
    ) -> Description:
        metadata = self._contents.metadata(secret, row)
        current = row.version == secret.version
        used = uses.get(secret.uid, 0)
        return Description(
            secret.name, row.version, current, secret.deleted, used, metadata, secret.revision
        )

    def _pruned(self, change: Change, secret: SecretState) -> SecretState:
        """Remove the versions that are not kept, and return the secret without them."""
        newest = secret.versions[-self._keep.count :] if self._keep.count > 0 else ()
        kept = []
        for row in secret.versions:
            keep = row in newest
            if keep and self._keep.age is not None:
                keep = change.now - self._contents.metadata(secret, row).created <= self._keep.age
            if keep or row.version == secret.version:
                kept.append(row)
            else:
                change.rows.remove_version(secret.uid, row.version)
        return replace(secret, versions=tuple(kept))


def _require_version(name: str, current: int, expected: int | None) -> None:
    if expected is not None and expected != current:
        msg = f"secret {quote(name)}: its version is {current}, not {expected}"
        raise StoreConflict(msg)


def _remove(change: Change, secret: SecretState) -> None:
    change.rows.remove_secret(secret.uid)
    change.record_removal("purge", secret.uid)


def _with_row(secret: SecretState, new: VersionRow) -> tuple[VersionRow, ...]:
    """Return the versions of a secret, with one in place of that of its number."""
    return tuple(new if one.version == new.version else one for one in secret.versions)


def _row(secret: SecretState, version: int | None) -> VersionRow:
    row = secret.row(secret.version if version is None else version)
    if row is None:
        kept = ", ".join(str(one.version) for one in secret.versions)
        msg = f"secret {quote(secret.name)} has no version {version}; it has {kept}"
        raise NotInStore(msg)
    return row
