"""Our providers as Buildbot has providers: services that it configures and reconfigures.

`HostedProvider` is the one class that does it; each provider that a ``master.cfg`` can name is a
subclass of two lines. It is usable directly in ``c["secretsProviders"]`` and in a `SecretManager`.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from buildbot import config
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util import ComparableMixin
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred, succeed
from zope.interface import implementer

from buildbot_keychain.buildbot.master import MasterKeychain
from buildbot_keychain.buildbot.scope_memory import ScopeMemory
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import (
    IRendersArguments,
    IRequesterAware,
    IScoped,
    IScopeKeeper,
    ISecretProvider,
)
from buildbot_keychain.providers import (
    aws,
    environment,
    files,
    http,
    kubernetes,
    password_store,
    sops,
    vault,
)


@implementer(ISecretProvider, IRequesterAware, IScoped)
class HostedProvider(SecretProviderBase):
    """A provider of the core, with its arguments, as a Buildbot service."""

    provider_class: ClassVar[Any]
    name: str | None
    hosted: Any = None
    checked: Any = None
    """What `checkConfig` made to check the arguments: never started."""
    _retired: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        """What addresses this provider by its kind: the ``file`` of ``file!path``."""
        return str(self.provider_class.kind)

    def checkConfig(self, *args: Any, **kwargs: Any) -> None:
        """Check the arguments, and what can be checked of the place that they point at."""
        try:
            provider = self.provider_class(*args, name=self.name, **kwargs)
        except (ConfigurationError, TypeError) as error:
            config.error(str(error))
            return
        self.checked = provider
        for complaint in provider.check_config():
            config.error(complaint)

    def setServiceParent(self, parent: Any) -> Deferred[None]:
        """Join a master, and see to it that its sinks are redacted."""
        joined: Deferred[None] = super().setServiceParent(parent)
        MasterKeychain.of(self.master)
        return joined

    def reconfigServiceWithSibling(self, sibling: Any) -> Deferred[None]:
        """Take over the arguments of `sibling`, where they differ."""
        if self.configured and ComparableMixin.isEquivalent(sibling, self):
            return succeed(None)
        return Deferred.fromCoroutine(self._adopt(sibling))

    async def _adopt(self, sibling: Any) -> None:
        self.configured = False
        await super().reconfigServiceWithSibling(sibling)
        # Buildbot compares with the arguments of the first configuration for ever; we keep the
        # newest ones, so that going back to the first is seen as a change too.
        self._config_args = sibling._config_args  # noqa: SLF001 - a sibling is of our class
        self._config_kwargs = sibling._config_kwargs  # noqa: SLF001

    def reconfigService(self, *args: Any, **kwargs: Any) -> Deferred[None]:
        """Replace the provider of the core by one with these arguments."""
        old = self.hosted
        self.hosted = self.provider_class(
            *args, name=self.name, reactor=self.master.reactor, **kwargs
        )
        if IRendersArguments.providedBy(self.hosted):
            self.hosted.use_renderer(partial(MasterKeychain.of(self.master).render_for, self))
        if IScopeKeeper.providedBy(self.hosted):
            self.hosted.use_memory(ScopeMemory.of(self.master))
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

        async def stop() -> None:
            await old.retire()
            if old in self._retired:
                self._retired = tuple(one for one in self._retired if one is not old)
                await maybeDeferred(old.stopService)

        Deferred.fromCoroutine(stop())

    def startService(self) -> Deferred[None]:
        """Start it with the master."""

        async def start() -> None:
            await super(HostedProvider, self).startService()
            self.hosted.startService()

        return Deferred.fromCoroutine(start())

    def stopService(self) -> Deferred[None]:
        """Stop it with the master, or when it is configured away."""

        async def stop() -> None:
            await super(HostedProvider, self).stopService()
            retired, self._retired = self._retired, ()
            for hosted in (self.hosted, *retired):
                await maybeDeferred(hosted.stopService)

        return Deferred.fromCoroutine(stop())

    def get(self, path: str) -> Deferred[str | None]:
        """Ask the provider of the core."""
        answer: Deferred[str | None] = self.hosted.get(path)
        return answer

    def end_scope(self, scope: str) -> Deferred[None]:
        """Have what is held for a build given back."""
        endings = [
            hosted.end_scope(scope)
            for hosted in (self.hosted, *self._retired)
            if IScoped.providedBy(hosted)
        ]
        return gatherResults(endings).addCallback(lambda _: None)

    def get_for(self, path: str, requester: Requester | None) -> Deferred[str | None]:
        """Ask the provider of the core, which may want to know for whom it answers."""
        if not IRequesterAware.providedBy(self.hosted):
            return self.get(path)
        hosted, scope = self.hosted, None if requester is None else requester.scope
        for retired in self._retired:
            # What a build is given stays of one piece, whatever is configured meanwhile.
            if scope is not None and retired.holds(scope):
                hosted = retired
        answer: Deferred[str | None] = hosted.get_for(path, requester)
        return answer


class SecretInAFile(HostedProvider):
    """Each secret is a file of its own; the arguments are `buildbot_keychain.SecretInAFile`'s."""

    name = "SecretInAFile"
    provider_class = files.SecretInAFile


class SecretInAwsSecretsManager(HostedProvider):
    """AWS Secrets Manager; the arguments are `buildbot_keychain.SecretInAwsSecretsManager`'s."""

    name = "SecretInAwsSecretsManager"
    provider_class = aws.SecretInAwsSecretsManager


class SecretInEnvironment(HostedProvider):
    """Environment variables; the arguments are `buildbot_keychain.SecretInEnvironment`'s."""

    name = "SecretInEnvironment"
    provider_class = environment.SecretInEnvironment


class SecretInHTTP(HostedProvider):
    """A server's answers; the arguments are `buildbot_keychain.SecretInHTTP`'s."""

    name = "SecretInHTTP"
    provider_class = http.SecretInHTTP


class SecretInKubernetes(HostedProvider):
    """Secrets of Kubernetes; the arguments are `buildbot_keychain.SecretInKubernetes`'s."""

    name = "SecretInKubernetes"
    provider_class = kubernetes.SecretInKubernetes


class SecretInOneFile(HostedProvider):
    """Many secrets in a file; the arguments are `buildbot_keychain.SecretInOneFile`'s."""

    name = "SecretInOneFile"
    provider_class = files.SecretInOneFile


class SecretInPass(HostedProvider):
    """The Unix password store; the arguments are `buildbot_keychain.SecretInPass`'s."""

    name = "SecretInPass"
    provider_class = password_store.SecretInPass


class SecretInSops(HostedProvider):
    """Files that sops encrypted; the arguments are `buildbot_keychain.SecretInSops`'s."""

    name = "SecretInSops"
    provider_class = sops.SecretInSops


class SecretInVault(HostedProvider):
    """Secrets of a Vault; the arguments are `buildbot_keychain.SecretInVault`'s."""

    name = "SecretInVault"
    provider_class = vault.SecretInVault
