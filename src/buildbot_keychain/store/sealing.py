"""Sealing one version of a secret: its value with a data key of its own, that with the store's key.

Pure. The data key is bound to everything that its version says: the store, the secret and its
name, the number of the version, the metadata and the box of the value.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from buildbot_keychain.store import _ciphers
from buildbot_keychain.store.envelope import Kind, Purpose, open_box, pad, seal, u64, unpad
from buildbot_keychain.store.records import VersionRow


def seal_value(
    store_id: bytes, uid: bytes, version: int, kind: Kind, value: bytes
) -> tuple[bytes, bytes]:
    """Return a new data key, and the box of a value that it opens."""
    data_key = secrets.token_bytes(_ciphers.KEY_LENGTH)
    place = _payload_place(store_id, uid, version)
    return data_key, seal(data_key, Purpose.PAYLOAD, place, pad(kind, value))


def open_value(
    data_key: bytes, store_id: bytes, uid: bytes, version: int, payload: bytes
) -> tuple[Kind, bytes]:
    """Return the kind of a value, and the value.

    :raise StoreError: when the box was changed, or is of another version or secret.
    """
    place = _payload_place(store_id, uid, version)
    return unpad(open_box(data_key, Purpose.PAYLOAD, place, payload))


def wrap(key: bytes, store_id: bytes, name: str, row: VersionRow, data_key: bytes) -> bytes:
    """Return the box of the data key of a version.

    :param row: the version, of which the digests are those of what it is stored with.
    """
    return seal(key, Purpose.DATA_KEY, _data_key_place(store_id, name, row), data_key)


def unwrap(key: bytes, store_id: bytes, name: str, row: VersionRow) -> bytes:
    """Return the data key of a version.

    :raise StoreError: when the key is another one, or anything in the row was changed.
    """
    return open_box(key, Purpose.DATA_KEY, _data_key_place(store_id, name, row), row.wrapped)


def digest_of_payload(payload: bytes) -> bytes:
    """Return the SHA-256 that the context of a data key has."""
    return hashlib.sha256(payload).digest()


def _payload_place(store_id: bytes, uid: bytes, version: int) -> Sequence[bytes]:
    return [store_id, uid, u64(version)]


def _data_key_place(store_id: bytes, name: str, row: VersionRow) -> Sequence[bytes]:
    return [
        store_id,
        row.uid,
        name.encode("utf-8"),
        u64(row.version),
        row.metadata_digest,
        row.payload_digest,
    ]
