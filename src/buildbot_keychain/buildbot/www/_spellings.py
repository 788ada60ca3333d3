"""`Spellings`: which names, as they were asked for, are of one secret of one provider."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.web.host_secrets import Listed

_NOBODY = Requester("unknown")


def plain(name: str) -> str:
    """Return a name without its field."""
    return name.partition("|")[0]


def forms_of(name: str) -> set[str]:
    """Return a name without its field, and without what may be a version or a parameter."""
    name = plain(name)
    return {name, name.partition("@")[0], name.partition("?")[0]}


class Spellings:
    """Those of one secret.

    :param keychain: a `MasterKeychain`.
    """

    def __init__(self, keychain: Any, secret: Listed) -> None:
        self._keychain = keychain
        self._secret = secret
        self.usual = (secret.path, secret.name)
        """The spellings by which most ask for it, without a field."""
        self._known: dict[str, bool] = dict.fromkeys(self.usual, True)

    async def include(self, name: str) -> bool:
        """Return whether whoever asks for `name` may be answered with the secret."""
        name = plain(name)
        if name not in self._known:
            self._known[name] = await self._is_of_secret(name)
        return self._known[name]

    async def _is_of_secret(self, name: str) -> bool:
        path = name.partition("!")[2] or name
        if not path.startswith(self._secret.path):  # spelled otherwise, which few do
            return False
        try:
            questions = await self._keychain.questions(name, _NOBODY)
        except KeychainError:
            return False
        return (self._secret.provider, self._secret.path) in {each[:2] for each in questions}
