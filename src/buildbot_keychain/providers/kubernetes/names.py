"""What names say: ``secret/key``, or ``key`` where the provider has a Secret of its own; pure.

Any name may come here, for a bare one is asked of every provider: what Kubernetes can hold no
Secret or key for gives nothing, and is not asked for (Kubernetes documentation, "Object Names and
IDs", "DNS Subdomain Names"; API reference, ``Secret.data``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 253
_SUBDOMAIN = re.compile(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII
)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_KEY = re.compile(r"[-._a-zA-Z0-9]+", re.ASCII)


@dataclass(frozen=True)
class SecretKey:
    """What is asked for: the key `key` of the Secret `secret`."""

    secret: str
    key: str


def secret_key(path: str, default: str | None) -> SecretKey | None:
    """Give what `path` says, or ``None`` where nothing can be called so.

    :param default: the Secret that a name without ``/`` is a key of, or ``None``.
    """
    first, slash, rest = path.partition("/")
    secret, key = (first, rest) if slash else (default, first)
    if secret is None or not may_be_a_secret(secret) or not _may_be_a_key(key):
        return None
    return SecretKey(secret, key)


def may_be_a_secret(name: str) -> bool:
    """Tell whether a Secret can have that name."""
    return len(name) <= LONGEST and _SUBDOMAIN.fullmatch(name) is not None


def may_be_a_namespace(name: str) -> bool:
    """Tell whether a namespace can have that name."""
    return _LABEL.fullmatch(name) is not None


def _may_be_a_key(key: str) -> bool:
    return len(key) <= LONGEST and _KEY.fullmatch(key) is not None and not key.startswith("..")
