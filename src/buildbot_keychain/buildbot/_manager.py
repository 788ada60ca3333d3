"""`SecretManager` as Buildbot sees it: one provider in ``c["secretsProviders"]`` that owns many.

Buildbot's own manager cannot be replaced, so ours goes into its list and owns the providers: ours,
Buildbot's and in-house ones side by side. It follows every reconfiguration: changed arguments,
order, added and removed providers.

It is never asked for a secret itself: `MasterKeychain` asks the providers that it owns.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Awaitable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from buildbot import config
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import BuildbotService
from twisted.application.service import IService
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.attention import checked_max_age
from buildbot_keychain.buildbot._audit import audit_settings
from buildbot_keychain.buildbot._control import Control, checked_socket
from buildbot_keychain.buildbot._master import MasterKeychain
from buildbot_keychain.buildbot._settings import Settings
from buildbot_keychain.buildbot.outages import DEFAULT_LIMIT, LONGEST_LIMIT
from buildbot_keychain.buildbot.sealed import KeyFile
from buildbot_keychain.buildbot.services import Refresher, leave
from buildbot_keychain.configuration import (
    DEADLINE,
    names_of_secrets,
    require_names,
    weakness,
    with_unique_names,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import (
    ConfigurationError,
    InvalidSecret,
    KeychainError,
    ProviderError,
    safe_summary,
)
from buildbot_keychain.inspection import problems_of_rules
from buildbot_keychain.interfaces import IAttends, IListsNames, IReadsNow, IRendersArguments
from buildbot_keychain.metrics import checked_port
from buildbot_keychain.policies import PolicySource, is_report, source_of
from buildbot_keychain.policy import Rule
from buildbot_keychain.providers.arguments import argument_problem
from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.resilience import checked, checked_deadline
from buildbot_keychain.store.unlocking import require_unlock
from buildbot_keychain.versions import DISTRIBUTION

_log = Logger()


@implementer(IAttends)
class SecretManager(SecretProviderBase):
    r"""Owns `providers`, which are asked in their order.

    :param providers: what `buildbot_keychain.plugins.secrets` has, Buildbot's own providers,
        in-house ``SecretProviderBase``\ s, or anything that provides `ISecretProvider`.
    :param public: names of secrets whose values may be shown: user names, key ids.
    :param strict: whether a value that is too weak to be hidden everywhere is an error: of the
        configuration if its provider can list what it holds, otherwise of the lookup.
    :param report_hidden: whether the logs of steps say which secrets were hidden in them, and
        ``twistd.log`` where any were hidden.
    :param allow_empty: names of secrets whose values may be empty; the lookup of another fails.
    :param services_wait: whether a service whose secret cannot be looked up waits for it. If not,
        the master does not start, and a reconfiguration ends there, as with Buildbot alone.
    :param refresh: how often to check whether the secrets that services hold have changed, in
        seconds; those in files are checked every few seconds then. Never by default.
    :param refresh_dynamic: whether to check dynamic secrets too, which renew themselves.
    :param outage: seconds that a step waits for a provider that cannot be reached, before its build
        is retried.
    :param key_file: the file of the keys that the master seals with: the values of plug-ins, and
        what is typed into forms. ``buildbot-keychain init`` makes it.
    :param policy: a list of ``Allow`` and ``Deny``: who is given which of the secrets of the whole
        master; by default everybody is given all of them.
    :param policy_file: a file of TOML with the rules, in place of `policy`; it is read again when
        it changes.
    :param policy_mode: ``"enforce"``, or ``"report"`` to log what the policy would deny.
    :param audit: what writes down who had which secret: ``AuditToFile`` and its like, or any
        ``ILogObserver``.
    :param audit_fail_closed: whether a lookup fails if none of them accepts its event.
    :param audit_digests: whether the events of lookups have a keyed digest of the value, with a key
        of `key_file`.
    :param metrics_port: the number of a port of this machine that serves metrics for Prometheus, or
        a ``MetricsPort``.
    :param deadline: seconds that one lookup may take.
    :param resilience: a ``Resilience`` for each of some names of providers: how they are asked.
    :param max_age: days after which a secret should be replaced, for all, or a dict by patterns of
        names, of which the first one that matches counts; the log warns of those that are older.
    :param socket: the path of a unix socket, relative to the master's base directory, on which
        ``buildbot-keychain evict`` asks this master; ``True`` for ``keychain-sockets/NAME.socket``.
    :param unlock: what opens the keys where they are wrapped: a list of ``PassphraseFrom`` and its
        like.
    """

    name: str | None = "SecretManager"
    keychain_providers: tuple[Any, ...] = ()
    keychain_settings: Settings = Settings()
    _config_args: Any
    _config_kwargs: Any
    _wanted: tuple[Any, ...] = ()
    _settings: Settings = Settings()
    _refresh: float | None = None
    _refresh_dynamic: bool = False
    _refresher: Refresher | None = None
    _key_file: KeyFile | None = None
    _watched: PolicySource | None = None
    _only_answers: bool = False
    _socket: Path | None = None
    _control: Control | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        arguments = {name: value for name, value in kwargs.items() if name != "name"}
        problem = argument_problem(partial(type(self).checkConfig, self), args, arguments)
        if problem:
            config.error(f"{kwargs.get('name', self.name)}: {problem}")
            args, kwargs = (), {}
        super().__init__(*args, **kwargs)

    @property
    def keychain_wanted(self) -> tuple[Any, ...]:
        """The providers as they are configured, started or not."""
        return self._wanted

    def only_answer(self) -> None:
        """Leave the keys of the master closed, as its database is not there."""
        self._only_answers = True

    def checkConfig(
        self,
        providers: Any = (),
        public: Any = (),
        strict: Any = False,  # noqa: FBT002 - Buildbot hands arguments on as they are
        report_hidden: Any = True,  # noqa: FBT002 - the same
        allow_empty: Any = (),
        *,
        services_wait: Any = True,
        refresh: Any = None,
        refresh_dynamic: Any = False,
        outage: Any = DEFAULT_LIMIT,
        key_file: Any = None,
        unlock: Any = (),
        policy: Any = None,
        policy_file: Any = None,
        policy_mode: Any = "enforce",
        deadline: Any = DEADLINE,
        resilience: Any = None,
        max_age: Any = None,
        socket: Any = False,
        audit: Any = (),
        audit_fail_closed: Any = False,
        audit_digests: Any = False,
        metrics_port: Any = None,
    ) -> None:
        """Check that providers are some, that names differ, that keys open, if `strict` values."""
        try:
            policies = source_of(policy, policy_file)
            reports_only = is_report(policy_mode)
            if policies is not None:
                require_names(providers)
            self._wanted = with_unique_names(providers)
            public = names_of_secrets("public", public)
            allow_empty = names_of_secrets("allow_empty", allow_empty)
            audited = audit_settings(audit, audit_fail_closed, audit_digests, key_file)
            deadline = checked_deadline(deadline)
            resilience = checked(resilience or {}, self._wanted, deadline)
            metrics_port = checked_port(metrics_port)
            self._socket = checked_socket(socket, str(self.name))
            ages = checked_max_age(max_age, [provider.name for provider in self._wanted])
        except ConfigurationError as error:
            config.error(f"{self.name}: {error}")
            return
        if any(isinstance(provider, SecretManager) for provider in self._wanted):
            config.error(
                f"{self.name}: a SecretManager cannot hold another one: "
                "list the providers of both in one"
            )
            return
        for name, switch in (
            ("strict", strict),
            ("report_hidden", report_hidden),
            ("services_wait", services_wait),
            ("refresh_dynamic", refresh_dynamic),
        ):
            if not isinstance(switch, bool):
                kind = type(switch).__name__
                config.error(f"{self.name}: {name} must be True or False, not of type {kind}")
                return
        if refresh is not None and (
            isinstance(refresh, bool) or not isinstance(refresh, (int, float)) or not refresh >= 1
        ):
            config.error(f"{self.name}: refresh must be a number of seconds, at least 1, or None")
            return
        self._refresh, self._refresh_dynamic = refresh, refresh_dynamic
        is_number = isinstance(outage, (int, float)) and not isinstance(outage, bool)
        if not is_number or not 0 <= outage <= LONGEST_LIMIT:
            config.error(f"{self.name}: outage must be seconds from 0 to {LONGEST_LIMIT:.0f}")
            return
        self._settings = Settings(
            public,
            strict,
            report_hidden,
            allow_empty,
            services_wait,
            float(outage),
            policies,
            reports_only,
            audited,
            deadline,
            resilience,
            metrics_port,
            ages,
            refresh,
        )
        self.keychain_settings = self._settings
        for problem in self._weaknesses() if strict else ():
            config.error(problem)
        try:
            self._key_file = _key_file(key_file, unlock)
        except KeychainError as error:
            config.error(f"{self.name}: {error}")

    def _weaknesses(self) -> Iterator[str]:
        policy = RedactionPolicy.build_log()
        for provider in self._wanted:
            core: Any = getattr(provider, "checked", None)
            if not IListsNames.providedBy(core) or not IReadsNow.providedBy(core):
                continue
            try:
                names = list(core.names())
            except ProviderError:  # reported by its own check
                continue
            for name in names:
                if not self._settings.public.isdisjoint((name, f"{provider.name}!{name}")):
                    continue
                try:
                    value = core.read(name)
                except ProviderError:  # reported by its own check
                    continue
                problem = weakness(value, policy) if value is not None else ""
                if problem:
                    yield str(InvalidSecret(provider.name, name, problem))

    @property
    def wanted_providers(self) -> tuple[Any, ...]:
        """The providers that it was made with; they may not have joined a master."""
        return self._wanted

    @property
    def keychain_socket(self) -> Path | None:
        """The socket for commands that it was made with."""
        return self._socket

    @property
    def keychain_audit(self) -> tuple[Any, ...]:
        """The sinks of the audit trail that it was made with."""
        return self._settings.audit.sinks

    @property
    def policies(self) -> PolicySource | None:
        """What says who is given which secret, if it was made with a policy."""
        return self._settings.policies

    @property
    def key_file(self) -> KeyFile | None:
        """The file of the master's keys that it was made with."""
        return self._key_file

    def setServiceParent(self, parent: Any) -> Deferred[None]:
        """Join a master, and have its sinks redacted."""
        joined: Deferred[None] = super().setServiceParent(parent)
        MasterKeychain.of(self.master)
        return joined

    @returns_deferred
    async def reconfigServiceWithSibling(self, sibling: SecretManager) -> None:
        """Serve with the providers of `sibling`, in their order, keeping those that stay.

        A provider that cannot be set up does not keep the others from being set up. The one that
        was there in its place, if any, goes on; the error is raised when all is done.
        """
        present = {child.name: child for child in self.keychain_providers}
        serving, failed = dict(present), ""
        for wanted in sibling._wanted:
            old = present.get(wanted.name)
            try:
                if isinstance(old, BuildbotService) and old.canReconfigWithSibling(wanted):
                    await old.reconfigServiceWithSibling(wanted)
                elif old is not wanted:
                    await self._replace(old, wanted)
                    serving[wanted.name] = wanted
            except Exception:  # noqa: BLE001 - raised below
                failed = failed or f"the provider {wanted.name!r}: {safe_summary(Failure())}"
        names = [wanted.name for wanted in sibling._wanted]
        self.keychain_providers = tuple(serving[name] for name in names if name in serving)
        for child in list(self.services):
            if child not in self.keychain_providers:
                await leave(child, "provider")
        self.keychain_settings = sibling._settings
        self._watch(sibling._settings.policies)
        self._refresh_dynamic = sibling._refresh_dynamic
        if self._refresher is None:
            self._refresher = Refresher(self._check_services)
        self._refresher.set(sibling._refresh, self.master.reactor)
        self._socket = sibling._socket
        self._listen(is_wanted=bool(self.running))
        if not self._only_answers:
            # One of the providers may open the keys.
            keys = MasterKeychain.of(self.master).keys
            await self._logged(keys.use(self, sibling._key_file))
        self.configured = not failed
        if failed:
            raise ConfigurationError(failed)
        self._config_args, self._config_kwargs = sibling._config_args, sibling._config_kwargs

    def _watch(self, policies: PolicySource | None) -> None:
        """Watch where the policy comes from, and no other place."""
        if self._watched is not None and self._watched is not policies:
            self._watched.stop()
        self._watched = policies
        if policies is not None:
            policies.watch(self.master.reactor, self._rule_problems)

    def _rule_problems(self, rules: Sequence[Rule]) -> Iterator[str]:
        return problems_of_rules(rules, self.master.config)

    async def _logged(self, doing: Awaitable[object]) -> None:
        try:
            await doing
        except KeychainError as error:
            _log.error("{name}: {error}", name=self.name, error=str(error))
            raise

    @returns_deferred
    async def startService(self) -> None:
        """Start with the master, whose database is there, and open its keys.

        :raise StoreError: when they do not open: the master does not start.
        """
        await super().startService()
        if not self._only_answers:
            MasterKeychain.of(self.master).watch.start()
            self._listen(is_wanted=True)
        if self._key_file is not None and not self._only_answers:
            await self._logged(MasterKeychain.of(self.master).keys.get())

    def _listen(self, *, is_wanted: bool) -> None:
        """Listen for commands, if there is to be a socket and that is wanted."""
        if self._control is None:

            def evict(name: str | None, provider: str | None, person: str) -> Deferred[None]:
                keychain = MasterKeychain.of(self.master)
                return keychain.evict(name, provider=provider, person=person)

            self._control = Control(evict, str(self.name))
        path = self._socket if is_wanted and not self._only_answers else None
        where = None if path is None else Path(self.master.basedir, path).absolute()
        self._control.listen(where, self.master.reactor)

    def _check_services(self, files_only: bool) -> Deferred[None]:  # noqa: FBT001 - a callback
        parts = MasterKeychain.of(self.master).parts
        return parts.refresh_services(files_only=files_only, dynamic=self._refresh_dynamic)

    def stopService(self) -> Any:
        """Stop checking what services hold, and every provider."""
        self._watch(None)
        MasterKeychain.of(self.master).watch.stop()
        self._listen(is_wanted=False)
        if self._refresher is not None:
            self._refresher.stop()
        # Where its keys did not open, it has not started.
        stopping = maybeDeferred(super().stopService) if self.running else succeed(None)
        return stopping.addCallback(lambda _: MasterKeychain.of(self.master).audit.stop())

    async def _replace(self, old: Any, new: Any) -> None:
        """Let `new` join in place of `old`, which has the same name, or of nothing."""
        if old is not None:
            await leave(old, "provider")
        try:
            await self._join(new)
        except BaseException:
            if new in self.services:
                await leave(new, "provider")
            if old is not None:
                await self._join(old)
            raise

    async def _join(self, child: Any) -> None:
        if IRendersArguments.providedBy(child):
            child.use_renderer(partial(MasterKeychain.of(self.master).render_for, child))
        if IService.providedBy(child):
            await maybeDeferred(child.setServiceParent, self)
            # Buildbot configures a service when it starts; secrets are needed before that.
            if isinstance(child, BuildbotService) and not child.configured:
                await child.configureService()


def _key_file(path: object, unlock: object) -> KeyFile | None:
    """Return the arguments of these names, checked, and the file with them.

    :raise ConfigurationError: when they cannot be such arguments.
    :raise StoreError: when the keys are missing, open to others, or will not open.
    """
    declared = require_unlock(unlock)
    if path is None:
        if declared:
            raise ConfigurationError("unlock is for key_file, which is not set")
        return None
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ConfigurationError("key_file must be the path of a file of keys")
    if importlib.util.find_spec("cryptography") is None:
        msg = f"key_file needs cryptography; run: pip install {DISTRIBUTION}[store]"
        raise ConfigurationError(msg)
    key_file = KeyFile(text, declared)
    key_file.check()
    return key_file
