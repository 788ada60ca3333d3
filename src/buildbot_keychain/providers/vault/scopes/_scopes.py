"""`Scopes`: the scopes of one provider, each from its first lookup to its end."""

from __future__ import annotations

import contextlib
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.details import Credential, Expiry, Requester
from buildbot_keychain.providers.vault.builds import (
    AccessDependencies,
    BuildAccess,
    VaultChildTokens,
)
from buildbot_keychain.providers.vault.scopes._revocations import Revocations
from buildbot_keychain.providers.vault.scopes._scope import Scope
from buildbot_keychain.providers.vault.secrets import EntryName, Mount, parse_dynamic_name
from buildbot_keychain.providers.vault.transport import RequestContext
from buildbot_keychain.single_flight import SingleFlight

_STOPPING = 5.0
"""Seconds that a provider takes at most to revoke what is left when it stops."""


class Scopes:
    """What a provider has for builds, and for services.

    :param access: how a build gets a token; a plain child of the provider's by default, as it
        always is for services.
    :param seconds: how long opening a scope, a renewal or a lease may take.
    :param memory: the ``IScopeMemory`` of the host, if it has one.
    """

    def __init__(
        self,
        access: BuildAccess | None,
        dependencies: AccessDependencies,
        seconds: float,
        memory: Any = None,  # noqa: ANN401 - an IScopeMemory
    ) -> None:
        self._access = access or VaultChildTokens()
        self._dependencies = dependencies
        self._seconds = seconds
        self._open: dict[str | None, Scope] = {}
        self._endings = SingleFlight()
        self._unfinished = 0
        self._retired: list[Deferred[None]] = []
        self.revocations = Revocations(
            dependencies.session, dependencies.provider, seconds, dependencies.clock, memory
        )

    def of(self, requester: Requester | None) -> Scope:
        """Return the scope of `requester`."""
        scope_id = None if requester is None else requester.scope
        scope = self._open.get(scope_id)
        if scope is None:
            access = VaultChildTokens() if scope_id is None else self._access
            scope = Scope(requester, access, self._dependencies, self.revocations, self._seconds)
            self._open[scope_id] = scope
        return scope

    async def read_dynamic(
        self, mount: Mount, name: EntryName, requester: Requester | None, context: RequestContext
    ) -> str:
        """Return a field of a dynamic secret, which is made for the scope of `requester`.

        :param name: what is asked for, below `mount`.
        :raise AccessDenied: when the requester may not have it.
        :raise ProviderError: when the engine does not make it, or it has no such field.
        """
        try:
            dynamic_name = parse_dynamic_name(mount, name)
        except ValueError as error:
            raise context.error(str(error)) from error
        if requester is not None and requester.kind == "build" and requester.scope is None:
            raise context.error("a build is given dynamic secrets only after it has begun")
        lease = await self.of(requester).lease(dynamic_name, context)
        return lease.text(dynamic_name, context)

    def expiries(self) -> list[Expiry]:
        """Return when leases of services end that cannot be renewed; builds end before theirs."""
        services = self._open.get(None)
        return [] if services is None else list(services.expiries())

    def credentials(self) -> list[Credential]:
        """Return the tokens and leases of all scopes."""
        return [one for scope in self._open.values() for one in scope.credentials()]

    def holds(self, scope_id: str) -> bool:
        """Return whether a scope has been opened, and has not ended."""
        return scope_id in self._open

    def end(self, scope_id: str | None) -> Deferred[None]:
        """End a scope; fires when all that it had is revoked, or is given up."""
        scope = self._open.pop(scope_id, None)
        if scope is None:
            return succeed(None)
        done: Deferred[None] = Deferred()

        def ended(_: object) -> None:
            self._unfinished -= 1
            self._fire_retired()
            done.callback(None)

        self._unfinished += 1
        self._endings.do(scope, scope.end).addBoth(ended)
        return done

    def retire(self) -> Deferred[None]:
        """Return a Deferred that fires when nothing is held any more."""
        retired: Deferred[None] = Deferred()
        self._retired.append(retired)
        self._fire_retired()
        return retired

    async def stop(self) -> None:
        """End all scopes, within five seconds."""
        self.revocations.stop()
        for scope_id in list(self._open):
            self.end(scope_id)
        with contextlib.suppress(DeferredTimeout):
            await self._endings.settled().addTimeout(_STOPPING, self._dependencies.clock)

    def _fire_retired(self) -> None:
        if not self._open and not self._unfinished:
            waiting, self._retired = self._retired, []
            for retired in waiting:
                retired.callback(None)
