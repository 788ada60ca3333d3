"""The envelope: sealed bytes that open with one key, for one purpose, in one place.

Pure: bytes in, bytes out; the salt is all that is random. The format, to the byte::

    box   = "BBK1" | suite 01 | purpose 1 B | key id 8 B | salt 32 B | commitment 32 B    header
            | ciphertext | tag 16 B
    okm   = HKDF-SHA256(key, salt, "buildbot-keychain/1" | suite | purpose | SHA-256(context), 64)
    okm[0:32]   key of AES-256-GCM; its nonce is 12 zero bytes, its additional data the header
    okm[32:64]  commitment
    context     for each field: u32be length | bytes

**Why it is built so.** Each box has a key of its own, as its salt is random: so the nonce may be
constant, and there is no limit to the number of boxes for a key. AES-GCM alone opens one ciphertext
under several keys that its maker has chosen; the commitment rules that out, and is compared before
anything is decrypted. The context is not in the box: whoever opens it says where it was found, and
a box that was moved to another place does not open. The length before each field keeps ``ab, c``
and ``a, bc`` apart.

What must not change: any byte of this. Another program may read it, and `tests` hold vectors.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from enum import IntEnum

from buildbot_keychain.errors import DamagedBox, NotABox, WrongKey
from buildbot_keychain.store import _ciphers
from buildbot_keychain.store._ciphers import KEY_LENGTH, TAG_LENGTH

MAGIC = b"BBK1"
SUITE = b"\x01"
"""HKDF-SHA256 and AES-256-GCM, with a commitment: the only suite there is."""

LABEL = b"buildbot-keychain/1"
"""What the information that is given to HKDF begins with, here and for every derived key."""

KEY_ID_LENGTH = 8
SALT_LENGTH = 32
HEADER_LENGTH = 78
OVERHEAD = HEADER_LENGTH + TAG_LENGTH
"""Bytes by which a box is longer than what is in it."""

_COMMITMENT_LENGTH = 32
_NONCE = bytes(12)
_PURPOSE_AT, _KEY_ID_AT, _SALT_AT, _COMMITMENT_AT = 5, 6, 14, 46

_LENGTH_OF_LENGTH = 4
_PAYLOAD_HEAD = 1 + _LENGTH_OF_LENGTH
_SHORTEST_PAYLOAD = 256


class Purpose(IntEnum):
    """What a box is for; a box for one never opens for another."""

    DATA_KEY = 1
    PAYLOAD = 2
    FIELD = 3
    ROOT_SECRET = 4


class Kind(IntEnum):
    """What the value in a payload is."""

    TEXT = 0
    BYTES = 1


def key_id(key: bytes) -> bytes:
    """Return the 8 bytes that name a key in public, and by which a key is checked.

    :raise ValueError: when `key` is not 32 bytes.
    """
    _require_key(key)
    return _ciphers.hkdf(key, b"", LABEL + b" key id", KEY_ID_LENGTH)


def encode_fields(fields: Sequence[bytes]) -> bytes:
    """Return the fields as one unambiguous string of bytes, each after its length."""
    return b"".join([len(field).to_bytes(_LENGTH_OF_LENGTH, "big") + field for field in fields])


def u64(number: int) -> bytes:
    """Return a number as 8 bytes, the highest first."""
    return number.to_bytes(8, "big")


def seal(
    key: bytes, purpose: int, fields: Sequence[bytes], plain: bytes, salt: bytes | None = None
) -> bytes:
    """Return a box that holds `plain`.

    :param key: 32 bytes.
    :param purpose: a `Purpose`.
    :param fields: the context: what the box is bound to, which is needed again to open it.
    :param salt: 32 bytes, for vectors only: by default they are random, and a salt must never be
        used twice with one key.
    :raise ValueError: when the key, the purpose or the salt cannot be used.
    """
    kid = key_id(key)
    number = Purpose(purpose).to_bytes(1, "big")
    if salt is None:
        salt = secrets.token_bytes(SALT_LENGTH)
    elif len(salt) != SALT_LENGTH:
        msg = f"a salt must be {SALT_LENGTH} bytes"
        raise ValueError(msg)
    encryption_key, commitment = _derive(key, salt, number, fields)
    header = MAGIC + SUITE + number + kid + salt + commitment
    return header + _ciphers.encrypt(encryption_key, _NONCE, plain, header)


def open_box(key: bytes, purpose: int, fields: Sequence[bytes], box: bytes) -> bytes:
    """Return what `seal` was given, or raise.

    :param key: 32 bytes.
    :param purpose: the `Purpose` that it was sealed for.
    :param fields: the context that it was sealed with.
    :raise NotABox: when it does not begin as a box, or is too short.
    :raise WrongKey: when it was sealed with another key.
    :raise DamagedBox: when it was changed, or sealed for another purpose or place.
    :raise ValueError: when the key or the purpose cannot be used.
    """
    kid = key_id(key)
    number = Purpose(purpose).to_bytes(1, "big")
    sealed_with = key_id_of(box)
    if not hmac.compare_digest(sealed_with, kid):
        msg = f"it was sealed with the key {sealed_with.hex()}, not with {kid.hex()}"
        raise WrongKey(msg)
    header = bytes(box[:HEADER_LENGTH])
    if header[_PURPOSE_AT:_KEY_ID_AT] != number:
        raise DamagedBox("it was changed, or sealed for another purpose")
    salt = header[_SALT_AT:_COMMITMENT_AT]
    encryption_key, commitment = _derive(key, salt, number, fields)
    if not hmac.compare_digest(commitment, header[_COMMITMENT_AT:]):
        raise DamagedBox("it was changed, or moved from another place")
    plain = _ciphers.decrypt(encryption_key, _NONCE, bytes(box[HEADER_LENGTH:]), header)
    if plain is None:
        raise DamagedBox("it was changed")
    return plain


def key_id_of(box: bytes) -> bytes:
    """Return the id of the key that a box says it was sealed with; nothing vouches for it.

    :raise NotABox: when it does not begin as a box, or is too short.
    """
    if box[:_PURPOSE_AT] != MAGIC + SUITE or len(box) < OVERHEAD:
        raise NotABox("it is not a sealed box, or of a later version of buildbot-keychain")
    return bytes(box[_KEY_ID_AT:_SALT_AT])


def pad(kind: int, value: bytes) -> bytes:
    """Return a value as it is sealed: its kind, its length, itself, and zeros.

    So a box tells little of the length: everything up to 251 bytes looks alike, and longer values
    are rounded up by at most 12 % (Padmé; Nikitin and others, "Reducing Metadata Leakage from
    Encrypted Files and Communication with PURBs", PETS 2019).

    :param kind: a `Kind`.
    """
    head = Kind(kind).to_bytes(1, "big") + len(value).to_bytes(_LENGTH_OF_LENGTH, "big")
    return (head + value).ljust(_padded_length(len(head) + len(value)), b"\0")


def unpad(plain: bytes) -> tuple[Kind, bytes]:
    """Return the kind and the value that `pad` was given.

    :raise DamagedBox: when `pad` does not return this for anything.
    """
    kind, length = plain[:1], int.from_bytes(plain[1:_PAYLOAD_HEAD], "big")
    end = _PAYLOAD_HEAD + length
    if (
        kind not in {b"\0", b"\1"}
        or len(plain) != _padded_length(end)
        or plain.count(0, end) != len(plain) - end
    ):
        raise DamagedBox("what is in it is not a padded value")
    return Kind(kind[0]), plain[_PAYLOAD_HEAD:end]


def _padded_length(length: int) -> int:
    if length <= _SHORTEST_PAYLOAD:
        return _SHORTEST_PAYLOAD
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def _derive(
    key: bytes, salt: bytes, purpose: bytes, fields: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the key of the cipher, and the commitment."""
    info = LABEL + SUITE + purpose + hashlib.sha256(encode_fields(fields)).digest()
    okm = _ciphers.hkdf(key, salt, info, KEY_LENGTH + _COMMITMENT_LENGTH)
    return okm[:KEY_LENGTH], okm[KEY_LENGTH:]


def _require_key(key: bytes) -> None:
    if len(key) != KEY_LENGTH:
        msg = f"a key must be {KEY_LENGTH} bytes"
        raise ValueError(msg)
