"""Ciphers, derivations and key pairs: the only module of the store that imports cryptography.

Contract: bytes in, bytes out; nothing is kept, and no error holds a key or a text. The library is
imported when it is needed: the extra ``store`` installs it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_LENGTH = 32
"""Bytes of every key of the store."""

TAG_LENGTH = 16
"""Bytes by which an encrypted text is longer than the text."""


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes that are derived from `key` by HKDF-SHA256 (RFC 5869).

    :param salt: may be empty.
    """
    function, hash_function = _hkdf()
    return function(hash_function(), length, salt, info).derive(key)


def encrypt(key: bytes, nonce: bytes, plain: bytes, additional: bytes) -> bytes:
    """Return `plain`, encrypted with AES-256-GCM, and its tag.

    :param additional: what is authenticated with it.
    """
    cipher, _ = _aes_gcm()
    return cipher(key).encrypt(nonce, plain, additional)


def decrypt(key: bytes, nonce: bytes, encrypted: bytes, additional: bytes) -> bytes | None:
    """Return what `encrypt` was given, or ``None`` if anything differs from what it returned."""
    cipher, invalid_tag = _aes_gcm()
    try:
        return cipher(key).decrypt(nonce, encrypted, additional)
    except invalid_tag:
        return None


def argon2id(text: bytes, salt: bytes, memory: int, iterations: int, lanes: int) -> bytes:
    """Return a key of `KEY_LENGTH` that is derived from a passphrase by Argon2id (RFC 9106).

    :param memory: KiB, at least 8 for each lane.
    :raise ValueError: when the library does not accept the parameters.
    :raise MemoryError: when it does not get that much memory.
    """
    from cryptography.exceptions import InternalError  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - the same

    derivation = Argon2id(
        salt=salt, length=KEY_LENGTH, iterations=iterations, lanes=lanes, memory_cost=memory
    )
    try:
        return derivation.derive(text)
    except InternalError as error:  # cryptography before 45
        raise MemoryError from error


@cache  # an import statement in a function costs as much as the encryption of a short text
def _hkdf() -> tuple[type[HKDF], type[SHA256]]:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - the same

    return HKDF, SHA256


@cache
def _aes_gcm() -> tuple[type[AESGCM], type[InvalidTag]]:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

    return AESGCM, InvalidTag


def private_key(algorithm: str) -> bytes:
    """Return a new private key that signs as JWTs are signed, in PEM, not encrypted.

    :param algorithm: of RFC 7518 or RFC 8037: ``EdDSA`` (Ed25519), ``ES256``, ``RS256``, ...
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - it is slow
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - too

    curves: dict[str, ec.EllipticCurve] = {
        "ES256": ec.SECP256R1(),
        "ES384": ec.SECP384R1(),
        "ES512": ec.SECP521R1(),
    }
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm == "EdDSA":
        key = ed25519.Ed25519PrivateKey.generate()
    elif algorithm in curves:
        key = ec.generate_private_key(curves[algorithm])
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_key(private: bytes) -> bytes:
    """Return the public half of a private key, both in PEM.

    :raise ValueError: when it is no such key.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - it is slow

    key = serialization.load_pem_private_key(private, None)
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
