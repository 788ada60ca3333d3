"""What a name means: ``secret/key``, or ``key`` where the provider has a default Secret; pure.

Any name may come here, since a bare name is looked up in every provider. One that no Secret and key
can have is not held, and the API is not asked for it (Kubernetes documentation, "Object Names and
IDs", "DNS Subdomain Names"; API reference, ``Secret.data``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LENGTH = 253
"""Characters of the name of a Secret, and of a key."""

_SUBDOMAIN = re.compile(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII
)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_KEY = re.compile(r"[-._a-zA-Z0-9]+", re.ASCII)


@dataclass(frozen=True)
class SecretKey:
    """The key `key` of the Secret `secret`."""

    secret: str
    key: str


def parse_name(name: str, default: str | None) -> SecretKey | None:
    """Return what `name` means, or ``None`` where nothing can be called so.

    :param default: the Secret that a name without ``/`` is a key of, or ``None``.
    """
    first, slash, rest = name.partition("/")
    secret, key = (first, rest) if slash else (default, first)
    if secret is None or not is_secret_name(secret) or not _is_key(key):
        return None
    return SecretKey(secret, key)


def is_secret_name(name: object) -> bool:
    """Return whether a Secret can have that name."""
    return (
        isinstance(name, str) and len(name) <= MAX_LENGTH and _SUBDOMAIN.fullmatch(name) is not None
    )


def is_namespace_name(name: object) -> bool:
    """Return whether a namespace can have that name."""
    return isinstance(name, str) and _LABEL.fullmatch(name) is not None


def _is_key(key: str) -> bool:
    return len(key) <= MAX_LENGTH and _KEY.fullmatch(key) is not None and not key.startswith("..")
