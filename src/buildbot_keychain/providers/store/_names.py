r"""What stands behind ``store!``: names of secrets, their versions and their fields. Pure.

::

    team/app                 the current version of a secret
    team/app@3               version 3
    team/app|password        a field of a value that is JSON, or lines of NAME=value
    team/app@3|password      a field of version 3

A bare name is asked of every provider, so any text may come here: where no secret can have it,
there is no `SecretName`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from buildbot_keychain.errors import InvalidName
from buildbot_keychain.store.names import check_name

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

    def __str__(self) -> str:
        """Return its one spelling."""
        version = "" if self.version is None else f"@{self.version}"
        field = "" if self.field is None else f"|{self.field}"
        return f"{self.name}{version}{field}"


def parse_name(path: str) -> SecretName | None:
    """Return what `path` means, or ``None`` where no secret can have that name."""
    name, bar, field = path.partition("|")
    if bar and not field:
        return None
    version = _VERSION.fullmatch(name)
    if version is not None:
        name = version[1]
    try:
        check_name(name)
    except InvalidName:
        return None
    return SecretName(name, int(version[2]) if version else None, field if bar else None)
