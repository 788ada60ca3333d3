"""The rows of a secret, as they are in the database, and the digest that the journal keeps of them.

Pure. The digest is over all that a secret's rows say, but for its data keys: a rotation wraps these
again, and each is bound to its row by itself. So whoever compares the digest notices a row that was
edited, removed, added, taken from another secret, or is an older one of this secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from buildbot_keychain.store.envelope import LABEL, encode_fields, u64

UID_LENGTH = 16

ABSENT = bytes(32)
"""The digest of a secret that was removed for good."""

_CURRENT = LABEL + b" current"


@dataclass(frozen=True)
class VersionRow:
    """A version of a secret, without its value.

    :param kid: the id of the key that its data key is sealed with.
    :param wrapped: the box of its data key.
    :param metadata: the box of its metadata.
    :param metadata_digest: SHA-256 of the metadata in clear.
    :param payload_digest: SHA-256 of the box of the value.
    """

    uid: bytes
    version: int
    kid: bytes
    wrapped: bytes = field(repr=False)
    metadata: bytes = field(repr=False)
    metadata_digest: bytes = field(repr=False)
    payload_digest: bytes = field(repr=False)


@dataclass(frozen=True)
class CurrentRow:
    """Which version of a secret is the current one.

    :param version: its number.
    :param deleted: seconds since the epoch when the secret was deleted; 0 while it is not.
    :param seq: the entry of the journal that says so.
    :param mac: what `current_mac` returned.
    """

    uid: bytes
    version: int
    deleted: int
    seq: int
    mac: bytes = field(repr=False)


def digest_of(
    uid: bytes, name: str, version: int, deleted: int, versions: Sequence[VersionRow]
) -> bytes:
    """Return the digest of a secret's rows.

    :param version: the number of the current version.
    :param deleted: as in `CurrentRow`.
    :param versions: all of them, by their numbers.
    """
    fields = [uid, name.encode("utf-8"), u64(version), u64(deleted)]
    for row in versions:
        fields += [u64(row.version), row.metadata_digest, row.payload_digest]
    return hashlib.sha256(encode_fields(fields)).digest()


def current_mac(  # noqa: PLR0917 - what the row says, in its order
    journal_key: bytes, uid: bytes, version: int, deleted: int, seq: int, digest: bytes
) -> bytes:
    """Return the MAC of a `CurrentRow`, with the digest that the journal has of the secret."""
    fields = encode_fields([uid, u64(version), u64(deleted), u64(seq), digest])
    return hmac.digest(journal_key, _CURRENT + fields, "sha256")
