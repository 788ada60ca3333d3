"""`TransitKeyOf`: a key of a Vault's transit engine, which opens the keys of an encrypted store.

The engine encrypts and decrypts, and never gives its key away. The Vault is reached as a
`SecretInVault` reaches it, with the same token. What is asked for it waits in a thread for the
reactor, which must run: in a master it does, and in a command only where that names the server.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread
from twisted.python.threadable import isInIOThread

from buildbot_keychain.errors import ConfigurationError, KeyRingError, ProviderError
from buildbot_keychain.providers.vault._provider import SecretInVault
from buildbot_keychain.providers.vault.secrets import parse_api_path
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.wraps import Transit, Unwrapper


@dataclass(frozen=True)
class TransitKeyOf:
    """What opens the wraps of a key of a transit engine, for `unlock`.

    :param vault: a `SecretInVault`; the one of a ``master.cfg`` must be in its list of providers.
        Its token must be allowed to update ``transit/decrypt/NAME``.
    :param name: the name of the key.
    :param mount: where the engine is mounted.
    :raise ConfigurationError: when it is something else.
    """

    vault: Any
    name: str
    mount: str = "transit"

    def __post_init__(self) -> None:
        if not isinstance(self._checked, SecretInVault):
            raise ConfigurationError("TransitKeyOf: vault must be a SecretInVault")
        if parse_api_path(self.name) != self.name or "/" in self.name:
            raise ConfigurationError("TransitKeyOf: name must be the name of a key, without a '/'")
        if parse_api_path(self.mount) != self.mount:
            raise ConfigurationError("TransitKeyOf: mount must be a path, such as 'transit'")

    def unwrappers(self) -> list[Unwrapper]:
        """Return what opens the wraps for the key; the server is asked when it does."""
        return [self.transit()]

    def transit(self) -> Transit:
        """Return what wraps with the key, and opens its wraps."""
        return Transit(_Key(self))

    @property
    def _checked(self) -> Any:  # noqa: ANN401 - a SecretInVault, if the argument is right
        """The provider of the core that was made to check the arguments, or was given."""
        return getattr(self.vault, "checked", self.vault)

    @property
    def current(self) -> SecretInVault | None:
        """The provider of the core that answers now; ``None`` where none of a master's does."""
        if isinstance(self.vault, SecretInVault):
            return self.vault
        current: SecretInVault | None = self.vault.current
        return current


@secretive
class _Key:
    """A `TransitKey`. Its methods block, and need a reactor that runs in another thread."""

    def __init__(self, declared: TransitKeyOf) -> None:
        self.name = f"{declared.mount}/{declared.name}"
        self._declared = declared

    def encrypt(self, plain: bytes) -> str:
        """Return `plain` as the server encrypts it.

        :raise KeyRingError: when the server does not answer, or denies it.
        """
        return self._call("encrypt", "ciphertext", plaintext=b64encode(plain).decode("ascii"))

    def decrypt(self, encrypted: str) -> bytes:
        """Return what the server decrypts.

        :raise KeyRingError: when the server does not answer, or denies it.
        """
        try:
            return b64decode(self._call("decrypt", "plaintext", ciphertext=encrypted))
        except binascii.Error as error:
            raise KeyRingError(self._message("it returned something else than base64")) from error

    def _call(self, verb: str, wanted: str, **data: str) -> str:
        provider = self._declared.current
        if provider is None:
            problem = "it is not among the providers of a master that runs; add it to their list"
            raise KeyRingError(self._message(problem))
        if isInIOThread() or not provider.reactor.running:
            raise KeyRingError(self._message("it can be asked by a master that runs only"))
        path = f"{self._declared.mount}/{verb}/{self._declared.name}"
        write = partial(_write, provider, path, data)
        try:
            answer: Any = blockingCallFromThread(provider.reactor, write)
        except ProviderError as error:
            raise KeyRingError(self._message(error.reason)) from error
        found = answer.get("data")
        text = found.get(wanted) if isinstance(found, dict) else None
        if not isinstance(text, str):
            raise KeyRingError(self._message(f"the answer has no {wanted}"))
        return text

    def _message(self, problem: str) -> str:
        return f"the key {self.name} of provider {self._declared.vault.name!r}: {problem}"


def _write(provider: SecretInVault, path: str, data: dict[str, str]) -> Deferred[Any]:
    return provider.without_trace(path, provider.write(path, data))
