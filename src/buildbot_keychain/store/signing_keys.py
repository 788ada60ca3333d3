"""Key pairs that sign tokens, as texts in PEM. Blocks for as long as a key takes to make."""

from __future__ import annotations

from buildbot_keychain.store import _ciphers


def make_private_key(algorithm: str) -> str:
    """Return a new private key, which is not encrypted.

    :param algorithm: as a JWT names it: ``EdDSA`` (Ed25519), ``ES256``, ``RS256`` (3072 bits), ...
    """
    return _ciphers.private_key(algorithm).decode("ascii")


def public_key_of(private_key: str) -> str:
    """Return the public half of a private key.

    :raise ValueError: when it is no such key.
    """
    return _ciphers.public_key(private_key.encode("ascii")).decode("ascii")
