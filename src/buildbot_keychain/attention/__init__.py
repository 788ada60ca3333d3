"""What needs attention: secrets, tokens and certificates that are too old, or end soon.

Whoever shows it, or counts it, reads ``manager.attention``: a tuple of `Attention`, none of which
has a value of a secret.
"""

from __future__ import annotations

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
    "AttentionList",
]
