"""`Store`: secrets by name, each with its versions. What users of the package see.

Blocks; may be used by several threads, and so may the database by several masters. Every change is
one transaction that also writes one entry of the journal. Times are passed in, as seconds since the
epoch.

A version is never changed but for its metadata; a number is never used again. What is deleted can
be brought back until it is purged.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from buildbot_keychain.errors import NotInStore, StoreConflict, quote
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.metadata import Metadata, changed
from buildbot_keychain.store.names import check_name
from buildbot_keychain.store.reading import Reader, row_of
from buildbot_keychain.store.records import UID_LENGTH, VersionRow
from buildbot_keychain.store.transaction import Change, SecretState
from buildbot_keychain.store.values import HOUR, MAX_SIZE, Description, Keep, Value, content_of

__all__ = ["HOUR", "MAX_SIZE", "Description", "Keep", "Store", "Value"]


class Store(Reader):
    """The secrets of a store that is open.

    :param ledger: its rows and keys.
    :param keep: which versions are kept.
    """

    def __init__(self, ledger: Ledger, keep: Keep | None = None) -> None:
        super().__init__(ledger)
        self._keep = keep or Keep()

    def note_use(self, name: str, now: int) -> None:
        """Write that a secret was used, once an hour. The journal does not have it."""
        hour = now - now % HOUR
        with self._ledger.reading() as view:
            uid = view.state.uid(name)
            if uid is None or view.rows.uses([uid]).get(uid, 0) >= hour:
                return
        with self._ledger.database.writing() as rows:
            rows.put_used(uid, hour)

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
            row = row_of(secret, version)
            _require_version(name, secret.version, expected)
            in_force = self._contents.metadata(secret, row_of(secret))
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
            row = row_of(secret)
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
        known = self._contents.metadata(secret, row_of(secret))
        if secret.deleted:
            return Metadata(now, tags=known.guard, allowed=known.allowed)
        return known if known.expired_at(now) is None else replace(known, expires=None)

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
