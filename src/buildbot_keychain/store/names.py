"""Names of secrets in a store, of their versions and their fields. Pure.

::

    team/app                 the current version of a secret
    team/app@3               version 3
    team/app|password        a field of a value that is JSON, or lines of NAME=value
    team/app@3|password      a field of version 3
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidName, quote

MAX_LENGTH = 500
"""Bytes of a name in UTF-8."""

CHANGES = "changes/"
"""What the names of changes begin with that wait for a second person: see `pending`."""

_CHANGE = re.compile(CHANGES + "[0-9a-f]{16}")
_NUMBER = re.compile(r"@[0-9]+\Z")
_VERSION = re.compile(r"(.*)@([0-9]{1,18})", re.DOTALL)


@dataclass(frozen=True)
class SecretName:
    """A secret, and what is wanted of it.

    :param name: the secret.
    :param version: a version of it; ``None`` for the current one.
    :param field: a field of its value; ``None`` for the value itself.
    """

    name: str
    version: int | None = None
    field: str | None = None

    @classmethod
    def of(cls, path: str) -> SecretName | None:
        """Return what a path means, or ``None`` where no secret can have that name."""
        name, bar, field = path.partition("|")
        version = _VERSION.fullmatch(name)
        if version is not None:
            name = version[1]
        if (bar and not field) or _problem(name):
            return None
        return cls(name, int(version[2]) if version else None, field if bar else None)


def check_name(name: str) -> None:
    """Check that a secret can have a name.

    What Buildbot's and our own syntax needs cannot be in it: ``provider!path``, ``path|field`` and
    ``path@version``.

    :raise InvalidName: when it cannot.
    """
    problem = _problem(name)
    if problem:
        msg = f"secret {quote(name)}: a name {problem}"
        raise InvalidName(msg)


def _problem(name: str) -> str:
    if not name or name != name.strip() or not name.isprintable():
        return "must be printable, and not begin or end with a blank"
    if not utf8.is_encodable(name) or len(name.encode("utf-8")) > MAX_LENGTH:
        return f"must be at most {MAX_LENGTH} bytes of UTF-8"
    if "!" in name or "|" in name or _NUMBER.search(name):
        return "must not contain '!' or '|', or end with '@' and a number"
    return ""


def is_of_change(name: str) -> bool:
    """Return whether a secret of the store is a change that waits, by its name."""
    return _CHANGE.fullmatch(name) is not None
