"""`SecretManager` as Buildbot sees it: one provider in ``c["secretsProviders"]`` that holds many.

Buildbot's own manager cannot be replaced, so ours goes into its list and owns the providers: ours,
Buildbot's and in-house ones side by side. It follows every reconfiguration: changed arguments,
order, added and removed providers.
"""

from __future__ import annotations

from typing import Any

from buildbot import config
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import BuildbotService
from twisted.application.service import IService
from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from buildbot_keychain.buildbot.master import MasterKeychain
from buildbot_keychain.errors import ConfigurationError, SecretNotFound
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.manager import SecretManager as CoreManager
from buildbot_keychain.manager import named_apart


@implementer(ISecretProvider)
class SecretManager(SecretProviderBase):
    r"""Fans lookups out to `providers`, in their order.

    :param providers: what `buildbot_keychain.plugins.secrets` has, Buildbot's own providers,
        in-house ``SecretProviderBase``\ s, or anything that provides `ISecretProvider`.
    :param public: names of secrets whose value may be shown: user names, key ids.
    """

    name: str | None = "SecretManager"
    children: tuple[Any, ...] = ()
    public: frozenset[str] = frozenset()
    _config_args: Any
    _config_kwargs: Any
    _wanted: tuple[Any, ...] = ()
    _public: frozenset[str] = frozenset()

    def checkConfig(self, providers: Any = (), public: Any = ()) -> None:
        """Check that every provider is one and that their names differ."""
        if isinstance(public, str) or not all(isinstance(name, str) for name in public):
            config.error(f"{self.name}: public must be a list of names of secrets")
        elif not isinstance(providers, (list, tuple)):
            config.error(f"{self.name}: providers must be a list of providers")
        else:
            try:
                self._wanted = named_apart(providers)
                self._public = frozenset(public)
            except ConfigurationError as error:
                config.error(f"{self.name}: {error}")

    def setServiceParent(self, parent: Any) -> Deferred[None]:
        """Join a master, and see to it that its sinks are redacted."""
        joined: Deferred[None] = super().setServiceParent(parent)
        MasterKeychain.of(self.master)
        return joined

    def reconfigServiceWithSibling(self, sibling: Any) -> Deferred[None]:
        """Take over the providers of `sibling`, keeping those that stay."""
        return Deferred.fromCoroutine(self._adopt(sibling))

    def get(self, path: str) -> Deferred[str | None]:
        """Ask the providers; ``None`` when none of them holds it."""
        return Deferred.fromCoroutine(self._get(path))

    async def _get(self, path: str) -> str | None:
        manager = CoreManager(redactor=MasterKeychain.of(self.master).redactor, public=self.public)
        manager.providers = self.children
        try:
            return (await manager.get(path)).value
        except SecretNotFound:
            return None

    async def _adopt(self, sibling: SecretManager) -> None:
        """Serve with the providers of `sibling`, in their order.

        Whatever fails on the way, the providers that were there go on serving.
        """
        present = {child.name: child for child in self.children}
        kept: list[Any] = []
        for wanted in sibling._wanted:
            old = present.get(wanted.name)
            if old is wanted:
                kept.append(old)
            elif isinstance(old, BuildbotService) and old.canReconfigWithSibling(wanted):
                await old.reconfigServiceWithSibling(wanted)
                kept.append(old)
            else:
                await self._replace(old, wanted)
                kept.append(wanted)
        self.children, before = tuple(kept), self.children
        for child in before:
            if child not in kept and getattr(child, "parent", None) is self:
                await _leave(child)
        self._config_args, self._config_kwargs = sibling._config_args, sibling._config_kwargs
        self.public = sibling._public
        self.configured = True

    async def _replace(self, old: Any, new: Any) -> None:
        """Let `new` join in place of `old`, which has its name, if there is such a one."""
        if old is not None:
            await _leave(old)
        try:
            await self._join(new)
        except BaseException:
            if new in self.services:
                await _leave(new)
            if old is not None:
                await self._join(old)
            raise

    async def _join(self, child: Any) -> None:
        if IService.providedBy(child):
            await maybeDeferred(child.setServiceParent, self)
            # Buildbot configures a service when it starts; secrets are needed before that.
            if isinstance(child, BuildbotService) and not child.configured:
                await child.configureService()


async def _leave(child: Any) -> None:
    if isinstance(child, BuildbotService):
        # It needs its parent to stop; leaving would stop it when it has none any more.
        await child.stopService()
        child.stopService = lambda: None
        await child.disownServiceParent()
        del child.stopService
    elif getattr(child, "parent", None) is not None:
        await maybeDeferred(child.disownServiceParent)
