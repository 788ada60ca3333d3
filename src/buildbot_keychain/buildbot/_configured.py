"""`ConfiguredProviders`: the providers of the newest configuration that a master has loaded.

Buildbot reconfigures services before providers, and never reorders providers. So whoever looks a
secret up has the providers set up first, and asks them in the order of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from operator import is_not
from typing import Any

from buildbot.secrets.manager import SecretManager as BuildbotSecretManager
from twisted.internet.defer import Deferred, DeferredLock, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.buildbot._settings import Settings, settings_in, settings_of
from buildbot_keychain.configuration import DEADLINE, Configuration
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import safe_summary

_log = Logger()

# Set in whatever runs on behalf of a reconfiguration of providers: a provider's own token may be a
# secret of another provider, and must not wait for the reconfiguration that asks for it.
RECONFIGURING: ContextVar[bool] = ContextVar("reconfiguring", default=False)


class ConfiguredProviders:
    """The providers of one master, and what is set for all of them.

    :param master: Buildbot's ``BuildMaster``, its configuration loaded.
    :param on_set_up: called when the providers of a configuration have been set up.
    :param own: returns the providers that no configuration names.
    """

    def __init__(
        self,
        master: Any,
        on_set_up: Callable[[], None],
        own: Callable[[], tuple[Any, ...]] = tuple,
    ) -> None:
        self._master = master
        self._on_set_up = on_set_up
        self._own = own
        self._lock = DeferredLock()
        # The configured lists of providers that were set up last, and that could not be set up.
        self._applied: object = None
        self._failed: object = None
        # What was decided last for the whole master, and by whom.
        self._decided: tuple[tuple[Settings, ...], Settings] = (), settings_of(())

    @property
    def configuration(self) -> Configuration:
        """What is configured now: the providers, our managers replaced by what they own."""
        return self.current()[0]

    @property
    def settings(self) -> Settings:
        """What is configured for the whole master now."""
        return self._settings(self._in_order())

    def current(self) -> tuple[Configuration, Settings]:
        """Return the `configuration` and the `settings` of now."""
        configured = self._in_order()
        settings = self._settings(configured)
        providers = tuple(
            provider
            for each in configured
            for provider in getattr(each, "keychain_providers", (each,))
        )
        configuration = Configuration(
            providers + self._own(),
            settings.public,
            settings.strict,
            settings.allow_empty,
            settings.policies,
            settings.reports_only,
            settings.deadline,
            settings.resilience,
            settings.max_age,
        )
        return configuration, settings

    @property
    def applied(self) -> object:
        """The list that the master has loaded; ``None`` unless its providers are set up."""
        wanted = self._master.config.secretsProviders
        return wanted if wanted is self._applied else None

    def _settings(self, configured: list[Any]) -> Settings:
        names = {each.name for each in configured}
        # What it decides holds for the others also before it has joined them.
        joining = [p for p in self._master.config.secretsProviders if p.name not in names]
        given = settings_in((*configured, *joining))
        before, settings = self._decided
        if len(given) != len(before) or any(map(is_not, given, before)):
            settings = settings_of(given)
            self._decided = given, settings
        return settings

    def reconfigure(self, config: Any, apply: Callable[[], Any]) -> Deferred[None]:
        """Set up the providers of `config` by Buildbot's own `apply`, unless that has been done."""

        @returns_deferred
        async def reconfigure() -> None:
            token = RECONFIGURING.set(True)
            try:
                if self._applied is not config.secretsProviders:
                    await maybeDeferred(apply)
                    self._applied = config.secretsProviders
                    self._on_set_up()
            except Exception:
                # The next lookups do not try it again.
                self._failed = config.secretsProviders
                raise
            finally:
                RECONFIGURING.reset(token)

        return self._lock.run(reconfigure)

    async def catch_up(self) -> None:
        """Set up the providers of the configuration that the master has loaded.

        If that fails, or takes long, a lookup goes on with the providers that are set up; Buildbot,
        which sets them up as well, reports the error.
        """
        config = self._master.config
        wanted = config.secretsProviders
        if wanted is self._applied or wanted is self._failed:
            return
        if RECONFIGURING.get() or not self._master.running:
            return
        # A lookup that is cancelled or in a hurry does not end what all others wait for.
        done: Deferred[None] = Deferred()

        def caught_up(result: Any) -> None:
            if isinstance(result, Failure):
                self._report_stale(wanted, safe_summary(result))
            else:
                self._applied = wanted
            if not done.called:
                done.callback(None)

        self._host.reconfigServiceWithBuildbotConfig(config).addBoth(caught_up)
        try:
            await done.addTimeout(DEADLINE, self._master.reactor)
        except DeferredTimeout:
            self._report_stale(wanted, f"not done within {DEADLINE:g} seconds")

    @property
    def _host(self) -> Any:
        """Buildbot's own secrets manager, the parent of every configured provider."""
        host: BuildbotSecretManager = self._master.namedServices["secrets"]
        return host

    def _in_order(self) -> list[Any]:
        """Return the configured providers in the order of the configuration."""
        present = self._host.namedServices
        names = [provider.name for provider in self._master.config.secretsProviders]
        ordered = [present[name] for name in names if name in present]
        return ordered + [p for p in present.values() if p not in ordered]

    def _report_stale(self, wanted: object, reason: str) -> None:
        self._failed = wanted
        _log.emit(
            LogLevel.warn,
            "the providers of the new configuration could not be set up ({reason}); secrets are "
            "looked up with those that are set up",
            reason=reason,
        )
