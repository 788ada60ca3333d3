"""`VaultAuthenticator`: what all ways to log in have in common, and the checks of arguments."""

from __future__ import annotations

import os
import re
from typing import ClassVar, NoReturn

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.vault.auth._login import Login, is_renderable
from buildbot_keychain.providers.vault.auth._token import Token


class VaultAuthenticator:
    """A way to log in; it holds no state.

    It compares and hashes by what it says, so that a reconfiguration sees a change and sees none
    where there is none, and its ``repr`` shows no token, id or password. What is secret may be a
    renderable, ``Secret("file!vault-token")``, which is rendered at each login.

    :param mount: where the auth method is mounted, below ``auth/``.
    """

    shows: ClassVar[tuple[str, ...]] = ("mount",)
    """The arguments that ``repr`` may show."""

    logs_in: ClassVar[bool] = True
    """Whether it can have a new token made."""

    watched: str | None = None
    """A file that, when it changes, holds another token."""

    def __init__(self, mount: str) -> None:
        self.mount = self._path("mount", mount)

    async def log_in(self, login: Login) -> Token:
        """Give a new token.

        :raise AccessDenied: when the server refuses, or a file is not to be trusted.
        :raise ProviderUnavailable: when the server does not answer.
        """
        raise NotImplementedError

    def signature(self) -> object:
        """Give what changes when the file that is `watched` does. Blocks."""
        if self.watched is None:
            return None
        try:
            found = os.stat(self.watched)
        except OSError as error:
            return error.errno
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_are_same(value, vars(other)[name]) for name, value in vars(self).items())

    def __hash__(self) -> int:
        return hash((type(self), self.mount))

    def __repr__(self) -> str:
        shown_arguments = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shows)
        return f"{type(self).__name__}({shown_arguments})"

    def _secret(self, option: str, value: object) -> object:
        """Check an argument that is a secret: a text that is not blank, or a renderable."""
        if is_renderable(value) or (isinstance(value, str) and value.strip()):
            return value
        wanted = "a str that is not blank, or a renderable such as Secret('file!name')"
        return self._refuse(option, wanted, value)

    def _path(self, option: str, value: object) -> str:
        """Check an argument that is a path of the API: ``approle``, ``ci/approle``."""
        if not isinstance(value, str) or not re.fullmatch(r"/?[\w.@+-]+(/[\w.@+-]+)*/?", value):
            self._refuse(option, "a path such as 'approle'", value)
        if any(set(part) == {"."} for part in value.split("/")):
            self._refuse(option, "a path without '.' and '..'", value)
        return value.strip("/")

    def _name(self, option: str, value: object) -> str:
        """Check an argument that is the name of a role or a user."""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self._refuse(option, "a name: a str that is not blank", value)
        if "/" in value or value in {".", ".."}:
            self._refuse(option, "a name without '/'", value)
        return value

    def _refuse(self, option: str, wanted: str, value: object) -> NoReturn:
        kind = "a blank str" if isinstance(value, str) else type(value).__name__
        kind = "such a str" if isinstance(value, str) and value.strip() else kind
        msg = f"{type(self).__name__}: {option} must be {wanted}, not {kind}"
        raise ConfigurationError(msg)


def _are_same(one: object, other: object) -> bool:
    # Buildbot's own renderables answer == with what is no bool, and always true.
    return one is other or (type(one) is type(other) and (one == other) is True)
