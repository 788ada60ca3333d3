"""Names of secrets in a store. Pure."""

from __future__ import annotations

import re

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidName, quote

MAX_LENGTH = 500
"""Bytes of a name in UTF-8."""

_VERSION = re.compile(r"@[0-9]+\Z")


def check_name(name: str) -> None:
    """Check that a secret can have a name.

    What Buildbot's and our own syntax needs cannot be in it: ``provider!path``, ``path|field`` and
    ``path@version``.

    :raise InvalidName: when it cannot.
    """
    problem = None
    if not name or name != name.strip() or not name.isprintable():
        problem = "must be printable, and not begin or end with a blank"
    elif not utf8.is_encodable(name) or len(name.encode("utf-8")) > MAX_LENGTH:
        problem = f"must be at most {MAX_LENGTH} bytes of UTF-8"
    elif "!" in name or "|" in name or _VERSION.search(name):
        problem = "must not contain '!' or '|', or end with '@' and a number"
    if problem:
        msg = f"secret {quote(name)}: a name {problem}"
        raise InvalidName(msg)
