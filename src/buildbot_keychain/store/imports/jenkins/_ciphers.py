"""AES-128 as Jenkins uses it: ECB and CBC with PKCS #5 padding. Reads only.

Nothing authenticates these texts: a wrong key fails at the padding in all but one of 256 cases, so
whoever decrypts one has to check what comes out. This is the only module that imports cryptography.
"""

from __future__ import annotations

BLOCK = 16
"""Bytes of a block, of a key and of an initialization vector."""


def decrypt_ecb(key: bytes, data: bytes) -> bytes | None:
    """Return what `data` was made of, or ``None`` where its length or its padding is wrong."""
    return _decrypt(key, None, data)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes | None:
    """Return what `data` was made of, or ``None`` where its length or its padding is wrong."""
    return _decrypt(key, iv, data)


def _decrypt(key: bytes, iv: bytes | None, data: bytes) -> bytes | None:
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - an optional dependency
        Cipher,
        algorithms,
        modes,
    )

    if not data or len(data) % BLOCK:
        return None
    aes = algorithms.AES(key)
    if iv is None:
        decryptor = Cipher(aes, modes.ECB()).decryptor()  # noqa: S305 - what Jenkins wrote
    else:
        decryptor = Cipher(aes, modes.CBC(iv)).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    length = padded[-1]
    if not 1 <= length <= BLOCK or padded[-length:] != bytes([length]) * length:
        return None
    return padded[:-length]
