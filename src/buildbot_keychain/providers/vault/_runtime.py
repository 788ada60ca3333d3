"""`VaultRuntime`: what a `SecretInVault` has from a start to a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from buildbot_keychain.details import Credential, Expiry
from buildbot_keychain.providers.vault._configuration import VaultConfiguration
from buildbot_keychain.providers.vault.auth import ProviderToken, Session
from buildbot_keychain.providers.vault.builds import AccessDependencies
from buildbot_keychain.providers.vault.scopes import Scopes
from buildbot_keychain.providers.vault.secrets import Entries, Mount, Mounts
from buildbot_keychain.providers.vault.transport import VaultServers
from buildbot_keychain.store.sealed_values import SealedValues


class VaultRuntime:
    """Servers, token, mounts, scopes, and the lookups that are in progress.

    :param name: the provider's name.
    :param render: renders arguments that are renderables.
    :param memory: the ``IScopeMemory`` of the host, if it has one.
    :param reactor: ``IReactorTime`` and ``IReactorFromThreads``.
    :param state: where the host seals what is kept, if it does.
    :ivar session: requests with the provider's own token.
    :ivar entries: reads of entries.
    """

    def __init__(  # noqa: PLR0917 - each is something else
        self,
        configuration: VaultConfiguration,
        name: str,
        render: Callable[[object], Deferred[Any]],
        memory: Any,  # noqa: ANN401 - an IScopeMemory
        reactor: Any,  # noqa: ANN401 - two interfaces
        state: SealedValues | None = None,
    ) -> None:
        self.servers = VaultServers(
            configuration.addresses,
            configuration.tls,
            namespace=configuration.namespace,
            connections=configuration.connections,
            name=name,
            reactor=reactor,
        )
        self._token = ProviderToken(
            self.servers,
            configuration.authenticator,
            name=name,
            seconds=configuration.timeout,
            render=render,
            clock=reactor,
        )
        self.session = Session(self.servers, self._token)
        self.mounts = Mounts(reactor, *_configured_mounts(configuration))
        self.entries = Entries(self.mounts)
        dependencies = AccessDependencies(
            name, self.session, self.servers, render, reactor, time.time, state
        )
        self.scopes = Scopes(
            configuration.build_access, dependencies, configuration.timeout, memory
        )
        self._leftovers: Deferred[None] | None = None

    def credentials(self) -> list[Credential]:
        """Return the tokens and leases that are alive."""
        return [*self._token.credentials(), *self.scopes.credentials()]

    def start(self) -> None:
        """Keep the token alive from now on, and revoke what former processes left behind."""
        self._token.start()
        leftovers = Deferred.fromCoroutine(self.scopes.revocations.revoke_left_behind())
        self._leftovers = leftovers.addErrback(_ignore_cancellation)

    async def token_expiries(self) -> list[Expiry]:
        """Return when the provider's token ends, and what it logs in with."""
        return await self._token.expiries()

    async def stop(self) -> None:
        """Revoke what is held, and end everything else."""
        self.entries.stop()
        await self.scopes.stop()
        if self._leftovers is not None:
            self._leftovers.cancel()
        self.mounts.stop()
        self._token.stop()
        await self.servers.stop()


def _ignore_cancellation(failure: Failure) -> None:
    failure.trap(CancelledError)


def _configured_mounts(configuration: VaultConfiguration) -> Iterator[Mount]:
    version = configuration.api_version
    if version is not None:
        yield Mount(configuration.secrets_mount, "kv", version)
