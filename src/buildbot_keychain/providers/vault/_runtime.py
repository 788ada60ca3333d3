"""`Opened`: what a `SecretInVault` has from a start to a stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.providers.vault._configuration import Settings
from buildbot_keychain.providers.vault.auth._provider_token import TokenKeeper
from buildbot_keychain.providers.vault.auth._session import Session
from buildbot_keychain.providers.vault.builds._build_access import Means
from buildbot_keychain.providers.vault.leases._scopes import Scopes
from buildbot_keychain.providers.vault.secrets._mounts import Mounts
from buildbot_keychain.providers.vault.transport._servers import Connection
from buildbot_keychain.single_flight import SingleFlight


class Opened:
    """Connection, token, mounts, scopes, and the lookups that are under way.

    :param name: the provider's name.
    :param render: renders arguments that are renderables.
    :param reactor: ``IReactorTime`` and ``IReactorFromThreads``.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        render: Callable[[object], Deferred[Any]],
        reactor: Any,  # noqa: ANN401 - two interfaces
    ) -> None:
        connection = Connection(
            settings.addresses,
            settings.trust,
            namespace=settings.namespace,
            size=settings.connections,
            name=name,
            reactor=reactor,
        )
        tokens = TokenKeeper(
            connection,
            settings.authenticator,
            name=name,
            seconds=settings.timeout,
            render=render,
            reactor=reactor,
        )
        self.session = Session(connection, tokens, reactor)
        self.mounts = Mounts(reactor)
        self.flights = SingleFlight()
        means = Means(name, self.session, render, reactor, time.time)
        self.scopes = Scopes(settings.build_access, means, settings.timeout)

    async def close(self) -> None:
        """Revoke what is held, and end the rest."""
        self.flights.cancel()
        await self.scopes.stop()
        self.mounts.stop()
        self.session.stop()
