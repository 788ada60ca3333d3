"""`HostedProvider`: a provider of the core as a Buildbot service.

Buildbot makes a new service from each configuration, checks it, and hands its arguments to the one
that runs. So a provider of the core is made anew for new arguments; the one it replaces serves the
builds for which it holds something, and is stopped after them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Any, ClassVar

from buildbot import config
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util import ComparableMixin
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred, succeed
from zope.interface import implementer

from buildbot_keychain.buildbot._master import MasterKeychain
from buildbot_keychain.buildbot._values_now import VALUES_NOW
from buildbot_keychain.buildbot.sealed import SealedState
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Credential, Requester
from buildbot_keychain.errors import ConfigurationError, ConfigurationWarning
from buildbot_keychain.interfaces import (
    IBaseDirectory,
    ICanonicalNames,
    IDescribes,
    IExpires,
    IHasPools,
    IHoldsCredentials,
    IKeepsState,
    IListsNames,
    IRecordsActions,
    IRendersArguments,
    IRequesterAware,
    IScoped,
    IScopeKeeper,
    ISecretProvider,
    ISharesAnswers,
    ITellsChanges,
    ITellsUnchanged,
)
from buildbot_keychain.providers.arguments import argument_problem
from buildbot_keychain.resilience import shared_by
from buildbot_keychain.workpool import PoolState


@implementer(
    ISecretProvider,
    IRequesterAware,
    ISharesAnswers,
    IScoped,
    ICanonicalNames,
    IListsNames,
    IDescribes,
    IExpires,
    ITellsChanges,
    IHasPools,
    IHoldsCredentials,
    ITellsUnchanged,
)
class HostedProvider(SecretProviderBase):
    """A provider of the core, with its arguments, as a Buildbot service.

    :cvar provider_class: the class of the core.
    :ivar hosted: the provider that answers.
    :ivar checked: the one that `checkConfig` made to check the arguments; it is never started.
    """

    provider_class: ClassVar[Any]
    name: str | None
    configured: bool
    hosted: Any = None
    checked: Any = None
    _retired: tuple[Any, ...] = ()
    _in_place: HostedProvider | None = None

    @property
    def current(self) -> Any:
        """The provider of the core that answers now; ``None`` where this is not among a master's.

        A reconfiguration makes a new service, of which the one that runs takes the arguments. Who
        was given the new one asks the one that runs.
        """
        service = self._in_place or self
        return service.hosted if service.parent is not None else None

    @property
    def kind(self) -> str:
        """What addresses it if it is the only provider of its kind: the ``file`` of ``file!x``."""
        return str(self.provider_class.kind)

    def checkConfig(self, *args: Any, **kwargs: Any) -> None:
        """Check the arguments, and the place that they point at as far as it can be."""
        problem = argument_problem(
            self.provider_class, args, {**kwargs, "name": self.name}, {"reactor"}
        )
        if problem:
            config.error(f"{self.name}: {problem}")
            return
        try:
            provider = self.provider_class(*args, name=self.name, **kwargs)
        except (ConfigurationError, TypeError) as error:
            config.error(str(error))
            return
        self.checked = provider
        VALUES_NOW.made(provider)
        for problem in provider.check_config():
            config.error(problem)
        for warning in provider.config_warnings():
            warnings.warn_explicit(warning, ConfigurationWarning, "master.cfg", 0)

    def setServiceParent(self, parent: Any) -> Deferred[None]:
        """Join a master, and have its sinks redacted."""
        joined: Deferred[None] = super().setServiceParent(parent)
        MasterKeychain.of(self.master)
        return joined

    @returns_deferred
    async def reconfigServiceWithSibling(self, sibling: Any) -> None:
        """Take over the arguments of `sibling` if they differ, and answer for it."""
        if sibling is not self:
            sibling._in_place = self  # noqa: SLF001 - a sibling is of our class
        if self.configured and ComparableMixin.isEquivalent(sibling, self):
            return
        self.configured = False
        await super().reconfigServiceWithSibling(sibling)
        # Buildbot goes on comparing with the arguments of the first configuration. The newest are
        # kept here, so that going back to the first is seen as a change too.
        self._config_args = sibling._config_args  # noqa: SLF001 - a sibling is of our class
        self._config_kwargs = sibling._config_kwargs  # noqa: SLF001

    def reconfigService(self, *args: Any, **kwargs: Any) -> Deferred[None]:
        """Replace the provider of the core by one with these arguments."""
        old = self.hosted
        MasterKeychain.of(self.master).forget_provider(self)
        self.hosted = self.provider_class(
            *args, name=self.name, reactor=self.master.reactor, **kwargs
        )
        if IRendersArguments.providedBy(self.hosted):
            self.hosted.use_renderer(partial(MasterKeychain.of(self.master).render_for, self))
        if IRecordsActions.providedBy(self.hosted):
            note = MasterKeychain.of(self.master).note_action
            self.hosted.record_with(partial(note, str(self.name)))
        if IBaseDirectory.providedBy(self.hosted):
            self.hosted.use_base_directory(self.master.basedir)
        if IScopeKeeper.providedBy(self.hosted):
            self.hosted.use_memory(MasterKeychain.of(self.master).scope_memory)
        if IKeepsState.providedBy(self.hosted):
            self.hosted.use_state(SealedState(self))
        if self.running:
            self.hosted.startService()
        if old is None or not old.running:
            return succeed(None)
        if not IScopeKeeper.providedBy(old):
            return maybeDeferred(old.stopService)
        self._retire(old)
        return succeed(None)

    def _retire(self, old: Any) -> None:
        """Let `old` serve the builds that it holds something for, and stop it after them."""
        self._retired = (*self._retired, old)

        @returns_deferred
        async def stop() -> None:
            await old.retire()
            if old in self._retired:
                self._retired = tuple(one for one in self._retired if one is not old)
                await maybeDeferred(old.stopService)

        stop()

    @returns_deferred
    async def startService(self) -> None:
        """Start it with the master."""
        await super().startService()
        self.hosted.startService()

    @returns_deferred
    async def stopService(self) -> None:
        """Stop it with the master, or when it is removed from the configuration."""
        await super().stopService()
        retired, self._retired = self._retired, ()
        for hosted in (self.hosted, *retired):
            await maybeDeferred(hosted.stopService)

    def get(self, path: str) -> Deferred[str | None]:
        """Return what the provider of the core returns.

        This is how Buildbot asks; the keychain asks by `get_for`.
        """
        answer: Deferred[str | None] = self.hosted.get(path)
        return answer

    def canonical(self, path: str) -> Any:
        """Return what the provider of the core returns; before it runs, by its arguments."""
        return (self.hosted or self.checked).canonical(path)

    def describe(self, path: str) -> Any:
        """Return what the provider of the core knows of a secret, if it can tell."""
        return self.hosted.describe(path) if IDescribes.providedBy(self.hosted) else None

    def expiries(self) -> Any:
        """Return when something ends that the provider of the core uses itself, if it can tell."""
        return self.hosted.expiries() if IExpires.providedBy(self.hosted) else []

    def names(self) -> Iterator[str]:
        """Return the names that the provider of the core can list, if it can. May block."""
        return self.hosted.names() if IListsNames.providedBy(self.hosted) else iter(())

    def may_have_changed(self) -> bool:
        """Return whether the provider of the core says so, if it can tell."""
        return ITellsChanges.providedBy(self.hosted) and bool(self.hosted.may_have_changed())

    def credentials(self) -> list[Credential]:
        """Return the tokens and leases that the provider of the core holds, if it can tell."""
        return [
            one
            for hosted in (self.hosted, *self._retired)
            if IHoldsCredentials.providedBy(hosted)
            for one in hosted.credentials()
        ]

    def pool_states(self) -> list[PoolState]:
        """Return what the threads of the provider of the core do, if it has any."""
        serving = (self.hosted, *self._retired)
        having = [hosted for hosted in serving if IHasPools.providedBy(hosted)]
        return [state for hosted in having for state in hosted.pool_states()]

    def changed_since_now(self) -> Callable[[], bool] | None:
        """Return what the provider of the core returns, if it can tell; ``None`` otherwise."""
        found: Callable[[], bool] | None = None
        if ITellsUnchanged.providedBy(self.hosted):
            found = self.hosted.changed_since_now()
        return found

    def is_dynamic(self, path: str) -> bool:
        """Return whether the secret at `path` is made for whoever asks, and renewed."""
        is_dynamic = getattr(self.hosted, "is_dynamic", None)
        return is_dynamic is not None and bool(is_dynamic(path))

    def end_scope(self, scope: str) -> Deferred[None]:
        """Release what is held for a build."""
        endings = [
            hosted.end_scope(scope)
            for hosted in (self.hosted, *self._retired)
            if IScoped.providedBy(hosted)
        ]
        return gatherResults(endings).addCallback(lambda _: None)

    def shared_by(self, path: str, requester: Requester | None) -> Hashable:
        """Return on what the answer of the provider of the core depends, beside `path`."""
        hosted = self._for(requester)
        if hosted is not self.hosted:  # nobody else is served by it
            return None
        return shared_by(hosted, path, requester)

    def get_for(self, path: str, requester: Requester | None) -> Deferred[str | None]:
        """Do what `get` does, for providers that depend on who asks."""
        answer: Deferred[str | None]
        if not IRequesterAware.providedBy(self.hosted):
            # Not `self.get`: the keychain itself hides the answer, by the name that it looked up.
            answer = self.hosted.get(path)
            return answer
        answer = self._for(requester).get_for(path, requester)
        return answer

    def _for(self, requester: Requester | None) -> Any:
        """Return the provider of the core that serves `requester`."""
        hosted, scope = self.hosted, None if requester is None else requester.scope
        for retired in self._retired:
            # A build gets its secrets from one provider, whatever is configured in the meantime.
            if scope is not None and retired.holds(scope):
                hosted = retired
        return hosted
