"""`Attention`: one thing that needs attention."""

from __future__ import annotations

from dataclasses import dataclass

from buildbot_keychain.details import CERTIFICATE, LEASE, SECRET, SECRET_ID, TOKEN

__all__ = [
    "CERTIFICATE",
    "EXPIRED",
    "EXPIRES",
    "LEASE",
    "SECRET",
    "SECRET_ID",
    "TOKEN",
    "TOO_OLD",
    "Attention",
]

EXPIRES = "expires"
"""The problem of what ends soon."""

EXPIRED = "expired"
"""The problem of what has ended."""

TOO_OLD = "too old"
"""The problem of a secret that is older than ``max_age`` of the manager allows."""


@dataclass(frozen=True)
class Attention:
    """One thing that needs attention. There is no value of a secret in it.

    Two that are equal but for `since` are the same thing.

    :param kind: what it is: `SECRET`, `TOKEN`, `SECRET_ID`, `LEASE`, `CERTIFICATE`; a reader must
        be able to show others.
    :param problem: `EXPIRES`, `EXPIRED` or `TOO_OLD`; a reader must be able to show others.
    :param provider: the name of the provider that has it or uses it.
    :param name: the secret's name in that provider, or what else it is called: ``"the token"``, the
        path of a file.
    :param when: when it expires or has expired, or since when it is too old, in seconds since the
        epoch.
    :param remedy: what to do, as a sentence without a full stop.
    :param since: when it was noticed first, in seconds since the epoch.
    """

    kind: str
    problem: str
    provider: str
    name: str
    when: float
    remedy: str
    since: float = 0.0
