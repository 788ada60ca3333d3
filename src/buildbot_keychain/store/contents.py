"""`Contents`: what is in the boxes of a secret's rows, by the keys of a ledger.

Errors name the secret and the version; none holds a value or a key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from buildbot_keychain.errors import DamagedBox, NotABox, StoreTampered, WrongKey, quote
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.metadata import (
    Metadata,
    digest_of_metadata,
    open_metadata,
    seal_metadata,
)
from buildbot_keychain.store.records import VersionRow
from buildbot_keychain.store.sealing import (
    digest_of_payload,
    open_value,
    seal_value,
    unwrap,
    wrap,
)
from buildbot_keychain.store.transaction import SecretState


class Contents:
    """Seals and opens versions of secrets."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def seal(
        self, primary: bytes, secret: SecretState, version: int, known: Metadata, value: bytes
    ) -> tuple[VersionRow, bytes]:
        """Return the row of a version, and the box of its value.

        :param primary: the id of the key that seals.
        :param secret: whose version it is; it need not have it yet.
        :raise KeyRingError: when the ring lacks the key, or it is retired.
        """
        store_id, uid = self._ledger.store_id, secret.uid
        data_key, payload = seal_value(store_id, uid, version, known.kind, value)
        row = VersionRow(uid, version, b"", b"", b"", b"", digest_of_payload(payload))
        return self.wrap(primary, secret.name, self._with_metadata(row, known), data_key), payload

    def wrap(self, primary: bytes, name: str, row: VersionRow, data_key: bytes) -> VersionRow:
        """Return a row with its data key sealed, for a secret of a name.

        :param primary: the id of the key that seals.
        :raise KeyRingError: when the ring lacks the key, or it is retired.
        """
        key = self._ledger.sealing_key(primary)
        wrapped = wrap(key, self._ledger.store_id, name, row, data_key)
        return replace(row, kid=primary, wrapped=wrapped)

    def edit(
        self, primary: bytes, secret: SecretState, row: VersionRow, known: Metadata
    ) -> VersionRow:
        """Return a row with other metadata.

        :raise StoreError: when it does not open, or cannot be sealed.
        """
        data_key = self.data_key(secret, row)
        return self.wrap(primary, secret.name, self._with_metadata(row, known), data_key)

    def data_key(self, secret: SecretState, row: VersionRow) -> bytes:
        """Return the data key of a version.

        :raise StoreTampered: when it does not open as what it was sealed as.
        :raise KeyRingError: when the ring lacks its key.
        """
        with _blaming(secret, row):
            key = self._ledger.key(row.kid)
            return unwrap(key, self._ledger.store_id, secret.name, row)

    def open(
        self, secret: SecretState, row: VersionRow, payload: bytes | None
    ) -> tuple[bytes, Metadata]:
        """Return the value of a version, and its metadata.

        :param payload: the box that it is in; ``None`` where there is none.
        :raise StoreTampered: when it does not open as what it was sealed as.
        :raise KeyRingError: when the ring lacks its key.
        """
        data_key, known = self.data_key(secret, row), self.metadata(secret, row)
        with _blaming(secret, row):
            if payload is None or digest_of_payload(payload) != row.payload_digest:
                raise DamagedBox("its value was changed by something else")
            store_id = self._ledger.store_id
            kind, value = open_value(data_key, store_id, row.uid, row.version, payload)
            if kind != known.kind:
                raise DamagedBox("its value is of another kind than its metadata say")
        return value, known

    def metadata(self, secret: SecretState, row: VersionRow) -> Metadata:
        """Return the metadata of a version.

        :raise StoreTampered: when they do not open as what they were sealed as.
        """
        key, store_id = self._ledger.metadata_key, self._ledger.store_id
        with _blaming(secret, row):
            found = open_metadata(key, store_id, row.uid, row.version, row.metadata)
            if not hmac.compare_digest(digest_of_metadata(found), row.metadata_digest):
                raise DamagedBox("its metadata are older ones")
        return found

    def _with_metadata(self, row: VersionRow, known: Metadata) -> VersionRow:
        key, store_id = self._ledger.metadata_key, self._ledger.store_id
        box = seal_metadata(key, store_id, row.uid, row.version, known)
        return replace(row, metadata=box, metadata_digest=digest_of_metadata(known))


@contextmanager
def _blaming(secret: SecretState, row: VersionRow) -> Iterator[None]:
    """Name the secret in errors about its boxes."""
    try:
        yield
    except (DamagedBox, NotABox, WrongKey) as error:
        msg = f"secret {quote(secret.name)}: version {row.version}: {error}"
        raise StoreTampered(msg) from error
