"""What needs attention: secrets, tokens and certificates that are too old, or end soon.

Whoever shows it, or counts it, reads ``manager.attention``: a tuple of `Attention`, none of which
has a value of a secret.
"""

from __future__ import annotations

from buildbot_keychain.attention._ages import ANY_AGE, MaxAge, checked_max_age
from buildbot_keychain.attention._attention import (
    CERTIFICATE,
    EXPIRED,
    EXPIRES,
    LEASE,
    SECRET,
    SECRET_ID,
    TOKEN,
    TOO_OLD,
    Attention,
)
from buildbot_keychain.attention._list import AttentionList
from buildbot_keychain.attention._seen import SeenSecrets
from buildbot_keychain.attention._watch import SOON, Watch

__all__ = [
    "ANY_AGE",
    "CERTIFICATE",
    "EXPIRED",
    "EXPIRES",
    "LEASE",
    "SECRET",
    "SECRET_ID",
    "SOON",
    "TOKEN",
    "TOO_OLD",
    "Attention",
    "AttentionList",
    "MaxAge",
    "SeenSecrets",
    "Watch",
    "checked_max_age",
]
