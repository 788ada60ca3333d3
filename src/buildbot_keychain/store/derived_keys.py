"""`DerivedKeys`: the keys of all purposes but secrets, derived from the store's root secret. Pure.

The root secret is random, and made once with the store. It stands in the database, sealed with the
primary key; so these keys stay the same when that key rotates.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from buildbot_keychain.secretive import secretive
from buildbot_keychain.store import _ciphers
from buildbot_keychain.store.envelope import LABEL, Purpose, open_box, seal

_NAMES = ("journal", "metadata", "sealed-field", "form", "audit")


@secretive
@dataclass(frozen=True)
class DerivedKeys:
    """The keys, of 32 bytes each, which are not shown.

    :param journal: of the MACs of the journal, and of the rows that say which version is current.
    :param metadata: of what is known of a version of a secret, but its value.
    :param sealed_field: of values that the code of others keeps itself.
    :param form: of what is typed into forms.
    :param audit: of the digests of values in the audit trail.
    """

    journal: bytes = field(repr=False)
    metadata: bytes = field(repr=False)
    sealed_field: bytes = field(repr=False)
    form: bytes = field(repr=False)
    audit: bytes = field(repr=False)

    @classmethod
    def of(cls, root_secret: bytes) -> DerivedKeys:
        """Return the keys of a root secret."""
        return cls(*(_derive(root_secret, name) for name in _NAMES))


def new_root_secret() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(_ciphers.KEY_LENGTH)


def seal_root_secret(key: bytes, store_id: bytes, root_secret: bytes) -> bytes:
    """Return the box of a root secret."""
    return seal(key, Purpose.ROOT_SECRET, _place(store_id), root_secret)


def open_root_secret(key: bytes, store_id: bytes, box: bytes) -> bytes:
    """Return the root secret that is in a box.

    :raise StoreError: when the key does not open it, or it is of another store.
    """
    return open_box(key, Purpose.ROOT_SECRET, _place(store_id), box)


def _place(store_id: bytes) -> Sequence[bytes]:
    return [store_id]


def _derive(root_secret: bytes, name: str) -> bytes:
    info = LABEL + b" " + name.encode("ascii")
    return _ciphers.hkdf(root_secret, b"", info, _ciphers.KEY_LENGTH)
