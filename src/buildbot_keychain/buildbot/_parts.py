"""`PartLookups`: looks up what the parts of a master need that are no builds.

How long a part waits for a provider depends on what the part is: hundreds of services are
configured one after the other, somebody waits for a login or a hook, and a report can wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot._configured import ConfiguredProviders
from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.buildbot.services import (
    Reports,
    ServiceSecrets,
    SilentProviders,
    database_error,
    spellings,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.interfaces import ITellsChanges
from buildbot_keychain.uses import DATABASE, HOOKS, LOGINS

Providers = tuple[Any, ...]


def all_of(providers: Providers) -> Providers:
    """Return `providers`, every one of which is to be asked."""
    return providers


class LookUp(Protocol):
    """Looks a secret up with every provider that `choose` returns of those that are configured."""

    def __call__(
        self,
        name: str,
        requester: Requester | None,
        choose: Callable[[Providers], Providers] = all_of,
    ) -> Deferred[SecretDetails]: ...


class PartLookups:
    """Looks secrets up for the services, reporters, logins, hooks and the database of one master.

    :param master: Buildbot's ``BuildMaster``.
    :param providers: those of its newest configuration.
    :param look_up: looks a secret up.
    :param on_waiting: called when other services wait than before.
    :ivar services: what services hold.
    :ivar reports: the reports that wait.
    """

    def __init__(
        self,
        master: Any,
        providers: ConfiguredProviders,
        look_up: LookUp,
        on_waiting: Callable[[], None],
    ) -> None:
        self._providers = providers
        self._look_up = look_up
        self._silent_providers = SilentProviders(master.reactor)
        self.services = ServiceSecrets(
            master, self._get_unless_down, self._get_after_outage, self._may_wait, on_waiting
        )
        self.reports = Reports(master)

    async def get_for(self, name: str, asker: Asker) -> SecretDetails:
        """Look up a secret for `asker`, which is no build."""
        requester = asker.requester
        try:
            # Buildbot holds a lock while it checks a login, and the caller of a hook waits.
            service = requester.service or ""
            comes_in = service == LOGINS or service.startswith(HOOKS)
            if self.services.spares_providers or comes_in:
                details = await self._get_unless_down(name, requester)
            elif (reporter := self._reporter(requester)) is not None:
                details = await self.reports.wait_out(
                    reporter, name, lambda: self._look_up(name, requester)
                )
            else:
                details = await self._look_up(name, requester)
        except KeychainError as error:
            self.services.note_problem(name, asker, error)
            if requester.service == DATABASE:
                raise database_error(name, error) from None
            raise
        if requester.service == DATABASE:
            self.services.database.note(name, details.value)
        self.services.note(name, asker, details)
        return details

    def refresh_services(self, *, files_only: bool, dynamic: bool) -> Deferred[None]:
        """Configure the services again that hold a secret that has changed; never fails.

        :param files_only: look only at secrets in files, and of stores that told of a change.
        :param dynamic: look also at those that providers make for whoever asks, and renew.
        """
        providers = {
            provider.name: provider for provider in self._providers.configuration.providers
        }

        changed: dict[str, bool] = {}

        def is_due(source: str, name: str) -> bool:
            provider: Any = providers.get(source)
            if files_only:
                if source not in changed:  # asked once for all services, before they are looked at
                    tells = ITellsChanges.providedBy(provider)
                    changed[source] = tells and provider.may_have_changed()
                return changed[source]
            is_dynamic = getattr(provider, "is_dynamic", None)
            path = name.partition("!")[2] or name
            return dynamic or is_dynamic is None or not is_dynamic(path)

        return self.services.refresh(is_due)

    def refresh_services_with(self, provider: str, path: str) -> Deferred[None]:
        """Configure the services again that have one secret, if it has changed; never fails."""
        return self.services.refresh(
            lambda source, name: source == provider and name in spellings(provider, path)
        )

    @returns_deferred
    async def _get_unless_down(self, name: str, requester: Requester) -> SecretDetails:
        """Look up a secret, but ask no provider that did not answer lately."""
        try:
            return await self._look_up(name, requester, self._silent_providers.stand_ins)
        except KeychainError as error:
            self._silent_providers.note(error)
            raise

    @returns_deferred
    async def _get_after_outage(self, name: str, requester: Requester) -> SecretDetails:
        details = await self._look_up(name, requester)
        self._silent_providers.end(details.source)
        return details

    def _may_wait(self) -> bool:
        return self._providers.settings.services_wait

    def _reporter(self, requester: Requester) -> Any:
        """Return the reporter that asks, if it is one that may wait."""
        return self.reports.reporter_of(requester) if self._may_wait() else None
