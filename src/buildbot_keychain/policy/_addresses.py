"""Addresses of repositories, as they are shown."""

from __future__ import annotations

import re

_USER_AND_PASSWORD = re.compile(r"(?:(?<!ssh)://|(?<=ssh)://(?=[^\s/@]*:))[^\s/]*@")
"""What stands before the host in an address; over SSH, a user alone is no secret."""


def without_password(address: str) -> str:
    """Return an address, or a pattern of addresses, without a password or a token."""
    return _USER_AND_PASSWORD.sub("://...@", address)
