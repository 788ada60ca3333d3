"""`MasterKeychain`: what one Buildbot master has one of: a redactor, its sinks, a way to look up.

It comes into being with the configuration of the master, where that has our plug-ins, and stays as
long as the master: a provider that is configured away leaves secrets in logs and properties behind.

Every lookup goes through `MasterKeychain.get`, whoever asks and by whichever class: Buildbot's own
secrets manager is led here too, so that a value is known to the redactor before it is used, and so
that the providers of the *newest* configuration answer, in its order, although Buildbot
reconfigures services before providers and never reorders the latter.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from buildbot.process.properties import Properties
from buildbot.secrets.manager import SecretManager as BuildbotSecretManager
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.buildbot.adaptation import (
    ATTRIBUTE,
    adapt_buildbot,
    keychain_of,
    rendering_with,
)
from buildbot_keychain.buildbot.build_scopes import BuildScopes
from buildbot_keychain.buildbot.process_log import redact_process_logs
from buildbot_keychain.buildbot.requesters import requester_of
from buildbot_keychain.buildbot.secret_files.leftovers import Leftovers
from buildbot_keychain.buildbot.updates import RedactingUpdates
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import SecretNotFound, safe_summary
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.manager import DEADLINE, SecretManager
from buildbot_keychain.redaction import RedactionPolicy, Redactor

_log = Logger()
# Set in whatever runs on behalf of a reconfiguration of providers: a provider's own token may be a
# secret of another provider, and must not wait for the reconfiguration that asks for it.
_reconfiguring: ContextVar[bool] = ContextVar("reconfiguring", default=False)


class MasterKeychain:
    """The secrets of one master: what looks them up, and what keeps them out of all it writes.

    :param master: Buildbot's ``BuildMaster``, its configuration loaded.
    """

    def __init__(self, master: Any) -> None:
        self.master = master
        self.redactor = Redactor(RedactionPolicy.build_log())
        self._manager = SecretManager(redactor=self.redactor, reactor=master.reactor)
        self._scopes = BuildScopes(self._end_scope)
        self._lock = DeferredLock()
        # The configured lists of providers that were set up last, and that could not be set up.
        self._applied: object = None
        self._refused: object = None

    @classmethod
    def of(cls, master: Any) -> MasterKeychain:
        """Give the keychain of `master`, a new one if it had none."""
        keychain: MasterKeychain | None = keychain_of(master)
        if keychain is None:
            keychain = cls(master)
            setattr(master, ATTRIBUTE, keychain)
            keychain._install()
        return keychain

    def get(self, name: str, requester: Requester | None = None) -> Deferred[SecretDetails]:
        """Look up a secret with every provider of the configuration, in its order.

        The errors are those of `buildbot_keychain.SecretManager.get`.
        """
        return Deferred.fromCoroutine(self._get(name, requester))

    async def get_for(self, name: str, properties: Any) -> SecretDetails:
        """Look up a secret for whom `properties` are rendered."""
        build, requester = properties.getBuild(), requester_of(properties)
        if build is None:
            return await self.get(name, requester)
        self._scopes.watch(build)
        try:
            return await self.get(name, requester)
        finally:
            # The build may have ended meanwhile.
            self._scopes.settle(build)

    async def _get(self, name: str, requester: Requester | None) -> SecretDetails:
        await self._catch_up()
        self._use_configured()
        return await self._manager.get(name, requester)

    def _use_configured(self) -> None:
        hosts = self._in_order()
        self._manager.public = frozenset().union(
            *(getattr(host, "keychain_public", ()) for host in hosts)
        )
        self._manager.strict = any(getattr(host, "keychain_strict", False) for host in hosts)
        self._manager.providers = tuple(
            provider for host in hosts for provider in getattr(host, "keychain_providers", (host,))
        )

    def _end_scope(self, scope: str) -> Deferred[None]:
        self._use_configured()
        return self._manager.end_scope(scope)

    def render_for(self, provider: object, argument: object) -> Deferred[Any]:
        """Give an `argument` of `provider` with the secrets filled in that other providers hold."""
        # A provider may log in, for its own ends, before anybody has looked anything up.
        self._use_configured()
        return self._manager.render_for(provider, _Argument(self.master, argument))

    def _install(self) -> None:
        adapt_buildbot()
        mq = self.master.mq
        if mq.impl is not None:
            # Set up already, it has copied the method that was there before.
            mq.produce = mq.impl.produce
        redact_process_logs(self.redactor)
        self.master.data.updates = RedactingUpdates(self.master, self.redactor)
        Leftovers.of(self.master).start(self.redactor.redact)
        host = self._host
        host.get = self._get_for_buildbot
        self._reconfigure_host = host.reconfigServiceWithBuildbotConfig
        host.reconfigServiceWithBuildbotConfig = self._reconfigure

    @property
    def _host(self) -> Any:
        """Buildbot's own secrets manager, the parent of every configured provider."""
        host: BuildbotSecretManager = self.master.namedServices["secrets"]
        return host

    def _in_order(self) -> list[Any]:
        """Give the configured providers in the order of the configuration."""
        configured = self._host.namedServices
        wanted = [p.name for p in self.master.config.secretsProviders]
        ordered = [configured[name] for name in wanted if name in configured]
        return ordered + [p for p in configured.values() if p not in ordered]

    def _get_for_buildbot(self, secret: str, *_: object, **__: object) -> Deferred[Any]:
        """Stand in for Buildbot's ``SecretManager.get``, whose ``None`` means "not found"."""

        async def get() -> SecretDetails | None:
            properties = rendering_with.get()
            try:
                if properties is None:
                    return await self.get(secret)
                return await self.get_for(secret, properties)
            except SecretNotFound:
                return None

        return Deferred.fromCoroutine(get())

    async def _catch_up(self) -> None:
        """Bring the providers up to the configuration that the master has loaded.

        Where that fails, or takes long, a lookup goes on with the providers that there are;
        Buildbot, which sets them up as well, reports the error.
        """
        config = self.master.config
        wanted = config.secretsProviders
        if self._is_current(config) or self._refused is wanted:
            return
        if _reconfiguring.get() or not self.master.running:
            return
        # A lookup that is cancelled or in a hurry does not end what all others wait for.
        done: Deferred[None] = Deferred()

        def caught_up(result: Any) -> None:
            if isinstance(result, Failure):
                self._doubt(wanted, safe_summary(result))
            if not done.called:
                done.callback(None)

        self._reconfigure(config).addBoth(caught_up)
        try:
            await done.addTimeout(DEADLINE, self.master.reactor)
        except DeferredTimeout:
            self._doubt(wanted, f"not done within {DEADLINE:g} seconds")

    def _doubt(self, wanted: object, why: str) -> None:
        self._refused = wanted
        _log.emit(
            LogLevel.warn,
            "the providers of the new configuration are not set up ({why}): those that are answer",
            why=why,
        )

    def _is_current(self, config: Any) -> bool:
        return self._applied is config.secretsProviders

    def _reconfigure(self, config: Any) -> Deferred[None]:
        return self._lock.run(lambda: Deferred.fromCoroutine(self._apply(config)))

    async def _apply(self, config: Any) -> None:
        token = _reconfiguring.set(True)
        try:
            if not self._is_current(config):
                await self._reconfigure_host(config)
                self._applied = config.secretsProviders
        except Exception:
            # Not to be tried again by each lookup.
            self._refused = config.secretsProviders
            raise
        finally:
            _reconfiguring.reset(token)


@implementer(IRenderable)
class _Argument:
    """An argument of a provider, which may be one of Buildbot's own renderables."""

    def __init__(self, master: Any, argument: object) -> None:
        self._master = master
        self._argument = argument

    def getRenderingFor(self, context: Any) -> Any:
        if IRenderable.providedBy(self._argument):
            return context.render(self._argument)
        properties = Properties()
        properties.master = self._master
        return properties.render(self._argument)
