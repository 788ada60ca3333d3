"""`Reader`: what a store says of its secrets. Blocks.

All that is read at once is of the same moment, and verified by the journal before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from operator import methodcaller

from buildbot_keychain.errors import NotInStore, quote
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.records import VersionRow
from buildbot_keychain.store.transaction import SecretState, Transaction
from buildbot_keychain.store.values import Deleted, Description, Value

_BATCH = 1000
"""Names that are read in one transaction."""


class Reader:
    """The secrets of a store that is open.

    :param ledger: its rows and keys.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._contents = Contents(ledger)

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
            row = row_of(secret, version)
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
            return self._description(uses, secret, row_of(secret, version))

    def versions(self, name: str) -> Sequence[Description]:
        """Return the versions of a secret that are kept, the oldest first.

        :raise NotInStore: when there is no such secret.
        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            secret = view.require(name, deleted=True)
            uses = view.rows.uses([secret.uid])
            return [self._description(uses, secret, row) for row in secret.versions]

    def page(self, after: str = "", limit: int = 100) -> Sequence[Description]:
        """Return the current versions of the secrets after a name, sorted by it.

        Deleted ones are among them.

        :raise StoreError: when the store cannot be read, or is not as it was left.
        """
        with self._ledger.reading() as view:
            return self._descriptions(view, view.state.names_after(after, limit))

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
                    known = self._description(uses, secret, row_of(secret))
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

    def _descriptions(self, view: Transaction, names: Iterable[str]) -> list[Description]:
        uids = [uid for uid in map(view.state.uid, names) if uid is not None]
        secrets = view.load_all(uids)
        uses = view.rows.uses([secret.uid for secret in secrets])
        return [self._description(uses, secret, row_of(secret)) for secret in secrets]

    def _description(
        self, uses: dict[bytes, int], secret: SecretState, row: VersionRow
    ) -> Description:
        metadata = self._contents.metadata(secret, row)
        current = row.version == secret.version
        used = uses.get(secret.uid, 0)
        return Description(
            secret.name, row.version, current, secret.deleted, used, metadata, secret.revision
        )


def row_of(secret: SecretState, version: int | None = None) -> VersionRow:
    """Return the row of a version of a secret; of the current one by default.

    :raise NotInStore: when the secret has no such version.
    """
    row = secret.row(secret.version if version is None else version)
    if row is None:
        kept = ", ".join(str(one.version) for one in secret.versions)
        msg = f"secret {quote(secret.name)} has no version {version}; it has {kept}"
        raise NotInStore(msg)
    return row
