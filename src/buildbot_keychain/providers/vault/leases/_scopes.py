"""`Scopes`: the scopes of one provider, each from its first lookup to its end."""

from __future__ import annotations

import contextlib
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.details import Requester
from buildbot_keychain.providers.vault.builds._build_access import BuildAccess, Means
from buildbot_keychain.providers.vault.builds._child_tokens import VaultChildTokens
from buildbot_keychain.providers.vault.leases._revocations import Revocations
from buildbot_keychain.providers.vault.leases._scope import Scope

_STOPPING = 5.0
"""Seconds that a provider takes at most to revoke what is left when it stops."""


class Scopes:
    """What a provider holds for builds, and for services.

    :param access: how a build comes to a token; a plain child of the provider's by default, as it
        is for services always.
    :param seconds: how long one errand may take.
    """

    def __init__(self, access: BuildAccess | None, means: Means, seconds: float) -> None:
        self._access = access or VaultChildTokens()
        self._means = means
        self._seconds = seconds
        self._open: dict[str | None, Scope] = {}
        self._ending: set[Deferred[Any]] = set()
        self._retired: list[Deferred[None]] = []
        self.revocations = Revocations(means.session, means.provider, seconds, means.clock)

    def of(self, requester: Requester | None) -> Scope:
        """Give the scope that `requester` is in."""
        identifier = None if requester is None else requester.scope
        scope = self._open.get(identifier)
        if scope is None:
            access = VaultChildTokens() if identifier is None else self._access
            scope = Scope(requester, access, self._means, self.revocations, self._seconds)
            self._open[identifier] = scope
        return scope

    def holds(self, identifier: str) -> bool:
        """Tell whether a scope has been opened, and has not ended."""
        return identifier in self._open

    def start(self) -> None:
        """Revoke what processes before this one left behind; nobody waits for it."""
        Deferred.fromCoroutine(self.revocations.revoke_left_behind())

    def end(self, identifier: str | None) -> Deferred[None]:
        """End a scope; fires when all that it had is revoked, or is given up."""
        scope = self._open.pop(identifier, None)
        if scope is None:
            return succeed(None)
        ending = Deferred.fromCoroutine(scope.end())
        self._ending.add(ending)

        def ended(result: Any) -> Any:  # noqa: ANN401 - passed on
            self._ending.discard(ending)
            self._tell_retired()
            return result

        return ending.addBoth(ended)

    def retire(self) -> Deferred[None]:
        """Give a Deferred that fires when nothing is held any more."""
        retired: Deferred[None] = Deferred()
        self._retired.append(retired)
        self._tell_retired()
        return retired

    def _tell_retired(self) -> None:
        if not self._open and not self._ending:
            waiting, self._retired = self._retired, []
            for retired in waiting:
                retired.callback(None)

    async def stop(self) -> None:
        """End all scopes, within five seconds."""
        self.revocations.stop()
        for identifier in list(self._open):
            self.end(identifier)
        if self._ending:
            waiting = gatherResults([_told(ending) for ending in self._ending])
            waiting.addTimeout(_STOPPING, self._means.clock)
            with contextlib.suppress(DeferredTimeout):
                await waiting


def _told(done: Deferred[Any]) -> Deferred[None]:
    """Give a Deferred of its own for when `done` is done."""
    told: Deferred[None] = Deferred()

    def tell(result: Any) -> Any:  # noqa: ANN401 - passed on
        if not told.called:
            told.callback(None)
        return result

    done.addBoth(tell)
    return told
