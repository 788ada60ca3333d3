"""What `generate` makes: passwords, tokens, and key pairs of which only the public half is shown.

The only module of the command that imports cryptography and pyrage itself.
"""

from __future__ import annotations

import secrets
import string
from typing import NamedTuple

ALPHABETS = {
    "full": string.ascii_letters + string.digits + "!#%&*+,-./:;=?@^_~",
    "alnum": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "digits": string.digits,
}
"""Characters of passwords. The symbols mean nothing within double quotes in a shell."""

TOKEN_BYTES = 32


class Generated(NamedTuple):
    """A new value, and its public half; ``None`` where it has none."""

    value: str
    public: str | None = None


def password(length: int, alphabet: str) -> Generated:
    """Return a password of some of the characters of an alphabet."""
    return Generated("".join(secrets.choice(alphabet) for _ in range(length)))


def token() -> Generated:
    """Return 256 random bits as 43 letters, digits, ``-`` and ``_``."""
    return Generated(secrets.token_urlsafe(TOKEN_BYTES))


def ssh_key(comment: str) -> Generated:
    """Return an Ed25519 key in OpenSSH's format, without a passphrase.

    :param comment: after the public half; printable.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - it is slow
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - the same
        Ed25519PrivateKey,
    )

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return Generated(private.decode("ascii"), f"{public.decode('ascii')} {comment}")


def age_key() -> Generated:
    """Return a private key of age, on one line."""
    import pyrage  # noqa: PLC0415 - an optional dependency

    identity = pyrage.x25519.Identity.generate()
    return Generated(str(identity), str(identity.to_public()))
