"""`MasterKeychain`: what one Buildbot master has one of: a redactor, its sinks, a way to look up.

It comes into being with the first of our providers, or the first of our renderables, that the
master meets, and stays as long as the master: a provider that is configured away leaves secrets in
logs and properties behind.

Every lookup goes through `MasterKeychain.get`, whoever asks and by whichever class: Buildbot's own
secrets manager is led here too, so that a value is known to the redactor before it is used, and so
that the providers of the *newest* configuration answer, in its order, although Buildbot
reconfigures services before providers and never reorders the latter.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from buildbot.secrets.manager import SecretManager as BuildbotSecretManager
from twisted.internet.defer import Deferred, DeferredLock

from buildbot_keychain.buildbot.adaptation import adapt_buildbot
from buildbot_keychain.buildbot.process_log import redact_process_logs
from buildbot_keychain.buildbot.secret_files.leftovers import Leftovers
from buildbot_keychain.buildbot.updates import RedactingUpdates
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import SecretNotFound
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import RedactionPolicy, Redactor

_ATTRIBUTE = "buildbot_keychain"
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
        self._lock = DeferredLock()
        self._applied: object = None

    @classmethod
    def of(cls, master: Any) -> MasterKeychain:
        """Give the keychain of `master`, a new one if it had none."""
        keychain = cls.found(master)
        if keychain is None:
            keychain = cls(master)
            setattr(master, _ATTRIBUTE, keychain)
            keychain._install()
        return keychain

    @classmethod
    def found(cls, master: Any) -> MasterKeychain | None:
        """Give the keychain of `master`, or ``None`` if it has none (or is ``None``)."""
        return getattr(master, _ATTRIBUTE, None)

    def get(self, name: str, requester: Requester | None = None) -> Deferred[SecretDetails]:
        """Look up a secret with every provider of the configuration, in its order.

        The errors are those of `buildbot_keychain.SecretManager.get`.
        """
        return Deferred.fromCoroutine(self._get(name, requester))

    async def _get(self, name: str, requester: Requester | None) -> SecretDetails:
        await self._catch_up()
        hosts = self._in_order()
        self._manager.public = frozenset().union(*(getattr(h, "public", ()) for h in hosts))
        self._manager.providers = tuple(p for h in hosts for p in getattr(h, "children", (h,)))
        return await self._manager.get(name, requester)

    def _install(self) -> None:
        adapt_buildbot()
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
            try:
                return await self.get(secret)
            except SecretNotFound:
                return None

        return Deferred.fromCoroutine(get())

    async def _catch_up(self) -> None:
        """Bring the providers up to the configuration that the master has loaded."""
        config = self.master.config
        if self._is_current(config) or _reconfiguring.get() or not self.master.running:
            return
        await self._reconfigure(config)

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
        finally:
            _reconfiguring.reset(token)
