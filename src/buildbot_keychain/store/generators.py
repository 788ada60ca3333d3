"""What nobody has to think of: passwords, tokens, and key pairs, of which the public half is shown.

Imports cryptography and pyrage for that itself, when they are needed.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import NamedTuple

ALPHABETS = {
    "full": string.ascii_letters + string.digits + "!#%&*+,-./:;=?@^_~",
    "alnum": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "digits": string.digits,
}
"""Characters of passwords. The symbols mean nothing within double quotes in a shell."""

KINDS = ("password", "token", "ssh", "age")
LENGTH = 24
LONGEST = 4096
"""Characters of a password: those that it has if nothing is said, and the most."""

TOKEN_BYTES = 32


class Generated(NamedTuple):
    """A new value, and its public half; ``None`` where it has none."""

    value: str
    public: str | None = None


@dataclass(frozen=True)
class Recipe:
    """What to make.

    :param kind: one of `KINDS`.
    :param length: characters of a password; `LENGTH` by default.
    :param alphabet: of a password: one of `ALPHABETS`, which is ``full`` by default, or its
        characters themselves.
    """

    kind: str = "password"
    length: int | None = None
    alphabet: str | None = None

    def problem(self) -> str | None:
        """Return what is wrong with it, as a sentence that begins with the name of a field."""
        if self.kind not in KINDS:
            return f"kind must be one of {', '.join(KINDS)}"
        if self.kind != "password":
            has_more = self.length is not None or self.alphabet is not None
            return "length and alphabet are for passwords" if has_more else None
        if self.length is not None and not 1 <= self.length <= LONGEST:
            return f"length must be 1 to {LONGEST}"
        characters = self._characters()
        if len(set(characters)) < 2 or not characters.isprintable():  # noqa: PLR2004 - a choice
            return f"alphabet must be {', '.join(ALPHABETS)}, or two printable characters or more"
        return None

    def make(self, name: str) -> Generated:
        """Return a new value for a secret of that name; there must not be a `problem`."""
        if self.kind == "token":
            return token()
        if self.kind == "ssh":
            return ssh_key(name)
        if self.kind == "age":
            return age_key()
        return password(LENGTH if self.length is None else self.length, self._characters())

    def _characters(self) -> str:
        given = "full" if self.alphabet is None else self.alphabet
        # Each counts once: one that is there twice would be chosen more often.
        return "".join(sorted(set(ALPHABETS.get(given, given))))


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
