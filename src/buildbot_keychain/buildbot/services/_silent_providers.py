"""`SilentProviders`: those that have not answered lately, and are not asked for every service.

A server that is down may cost a lookup its whole deadline. Hundreds of services are configured one
after the other, under a lock that logins of workers wait for.
"""

from __future__ import annotations

from typing import Any, NoReturn

from zope.interface import directlyProvides

from buildbot_keychain.errors import AuditUnavailable, NotAsked, ProviderUnavailable
from buildbot_keychain.interfaces import ICanonicalNames

PAUSE = 30.0
"""Seconds for which a provider that did not answer is not asked."""


class SilentProviders:
    """The providers of one master that have not answered lately, by the clock of `reactor`."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._until: dict[str, float] = {}

    def note(self, error: Exception) -> None:
        """Note how a lookup has failed."""
        says_nothing = isinstance(error, (AuditUnavailable, NotAsked))
        if isinstance(error, ProviderUnavailable) and not says_nothing:
            self._until[error.provider] = self._reactor.seconds() + PAUSE

    def end(self, provider: str) -> None:
        """Note that a provider has answered."""
        self._until.pop(provider, None)

    def stand_ins(self, providers: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return `providers`, those that did not answer replaced by one that fails at once."""
        now = self._reactor.seconds()
        return tuple(_StandIn(p) if self._until.get(p.name, now) > now else p for p in providers)


class _StandIn:
    def __init__(self, provider: Any) -> None:
        self.name = provider.name
        self.kind = getattr(provider, "kind", None)
        # What is kept of its answers is given all the same.
        self.stands_for = provider
        if ICanonicalNames.providedBy(provider):
            self.canonical = provider.canonical
            directlyProvides(self, ICanonicalNames)

    def get(self, path: str) -> NoReturn:
        """Fail."""
        reason = "it did not answer a moment ago, and is asked again soon"
        raise NotAsked(self.name, path, reason)
