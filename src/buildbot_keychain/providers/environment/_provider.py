"""`SecretInEnvironment`: secrets from environment variables, which no child process inherits.

The first lookup, or the start of the service, takes the variables out of ``os.environ`` and keeps
them, so that no process started from then on inherits them. A variable that is set later is taken
at the next lookup, and replaces an earlier one of its name.

What was taken belongs to the process, as the environment does: every provider with its prefix
serves it, so that a reconfiguration, whether it succeeds or fails, loses nothing. Checking a
configuration takes nothing.

On Linux the variables are also wiped from the environment that the process was started with, as far
as the system allows it (see `_initial`). The parent process may still have its own copy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidSecret
from buildbot_keychain.interfaces import ICanonicalNames, IListsNames, IReadsNow
from buildbot_keychain.providers.environment._initial import wipe
from buildbot_keychain.providers.service import ProviderService

_PREFIX = re.compile(r"[A-Za-z0-9_]*[A-Za-z0-9]_")

_taken: dict[str, str] = {}
"""The variables that were taken out of this process's environment, by their full names."""


@implementer(ICanonicalNames, IListsNames, IReadsNow)
class SecretInEnvironment(ProviderService):
    """Serves the variables whose names begin with `prefix`; the rest is the secret's name.

    :param prefix: letters, digits and underscores that end with an underscore, such as
        ``"BUILDBOT_SECRET_"``.
    :param name: what the configuration and messages call this provider.
    :param reactor: not used; every provider takes one.

    Its `get` raises `InvalidSecret` when the value is not UTF-8; `ProviderUnavailable` when the
    service has been stopped.
    """

    name: str = "SecretInEnvironment"
    kind = "environment"

    def __init__(self, prefix: str, *, name: str | None = None, reactor: Any = None) -> None:  # noqa: ANN401 - any
        super().__init__(name, reactor)
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            wanted = "letters, digits and underscores that end with one underscore, as in 'CI_'"
            self.fail_config("prefix", wanted, prefix)
        self.prefix = prefix

    def startService(self) -> None:
        """Take the variables out of the environment."""
        super().startService()
        self._take()

    async def look_up(self, path: str) -> str | None:
        """Return the variable whose name is `prefix` followed by `path`."""
        return self.read(path)

    def read(self, path: str) -> str | None:
        """Do what `look_up` does, at once."""
        self._take()
        value = _taken.get(self.prefix + path)
        if value is not None and not utf8.is_encodable(value):
            raise InvalidSecret(self.name, path, _problem(self.prefix + path))
        return value

    def canonical(self, path: str) -> str | None:
        """Return the name itself, if it can be that of a variable."""
        return None if "=" in path or "\0" in path else path

    def names(self) -> Iterator[str]:
        """Yield the names of the variables that were taken, without the prefix."""
        taken = [variable for variable in _taken if variable.startswith(self.prefix)]
        yield from (variable.removeprefix(self.prefix) for variable in taken)

    def check_config(self) -> Iterator[str]:
        """Yield which variables would be rejected, without taking any."""
        for variable, value in {**_taken, **os.environ}.items():
            if variable.startswith(self.prefix) and not utf8.is_encodable(value):
                yield f"provider {self.name!r}: {_problem(variable)}"

    def _take(self) -> None:
        for variable in [name for name in os.environ if name.startswith(self.prefix)]:
            _taken[variable] = os.environ.pop(variable)
            wipe(os.fsencode(variable))


def _problem(variable: str) -> str:
    return f"the variable {variable} is not UTF-8 text; store it in base64"
