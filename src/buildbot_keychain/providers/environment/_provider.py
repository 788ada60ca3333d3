"""`SecretInEnvironment`: secrets from environment variables, which no child process inherits.

The first lookup, or the start of the service, takes the variables out of ``os.environ`` and keeps
them; whatever the process starts from then on does not get them. A variable that is set later is
taken in the same way, at the next lookup, and replaces the one of its name that was taken before.

What was taken belongs to the process, as the environment does: every provider of a prefix serves
it, so that a reconfiguration, whether it succeeds or fails, loses nothing. Checking a configuration
takes nothing.

On Linux the variables also go from the environment that the process was started with, as far as the
system lets it (see `initial_environment`). The process that started this one may keep its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from buildbot_keychain.errors import InvalidSecret
from buildbot_keychain.providers.environment._initial import wipe
from buildbot_keychain.providers.service import ProviderService

_PREFIX = re.compile(r"[A-Za-z0-9_]*[A-Za-z0-9]_")

_taken: dict[str, str] = {}
"""By their whole names, the variables that were taken out of this process's environment."""


class SecretInEnvironment(ProviderService):
    """Serves the variables whose names begin with `prefix`; a secret is called by the rest.

    :param prefix: letters, digits and underscores that end with an underscore, such as
        ``"BUILDBOT_SECRET_"``.
    :param name: what configuration and messages call this provider.
    :param reactor: not used; each provider takes one.

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
        """Give the variable called `prefix` and `path`."""
        self._take()
        value = _taken.get(self.prefix + path)
        if value is None or _is_text(value):
            return value
        del value  # no frame of the error is to hold it
        raise InvalidSecret(self.name, path, self._said(self.prefix + path))

    def check_config(self) -> Iterator[str]:
        """Say which variables would be refused, and take none."""
        for variable, value in {**_taken, **os.environ}.items():
            if variable.startswith(self.prefix) and not _is_text(value):
                yield f"provider {self.name!r}: {self._said(variable)}"

    def _take(self) -> None:
        for variable in [name for name in os.environ if name.startswith(self.prefix)]:
            value = os.environ.pop(variable)
            _taken[variable] = value
            wipe(os.fsencode(variable), os.fsencode(value))

    def _said(self, variable: str) -> str:
        return f"the variable {variable} is not UTF-8 text; store it in base64"


def _is_text(value: str) -> bool:
    """Tell whether `value` has none of the half characters that stand for bytes that are not."""
    return value.encode("utf-8", "replace").decode("utf-8") == value
