"""`SecretManager`: a service that owns providers, looks secrets up and renders texts with them.

`buildbot_keychain.lookups` has the rules by which the providers are asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, gatherResults

from buildbot_keychain.attention import Attention, checked_max_age
from buildbot_keychain.audit import AuditTrail, Rotation, require_sinks
from buildbot_keychain.configuration import (
    DEADLINE,
    Configuration,
    names_of_secrets,
    require_names,
    require_type,
    with_unique_names,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IRecordsActions, IRendersArguments
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.metrics import (
    MetricsServer,
    checked_port,
    exposition,
    samples_of_manager,
)
from buildbot_keychain.policies import is_report, source_of
from buildbot_keychain.policy import Rule, rule_problems
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.rendering import RenderingContext
from buildbot_keychain.resilience import ProviderState, Resilience, checked, checked_deadline
from buildbot_keychain.secretive import secretive

__all__ = ["SecretManager"]


@secretive
class SecretManager(Service):
    r"""Looks secrets up and renders texts that name them.

    :param providers: `ISecretProvider`\ s, in the order in which they are asked.
    :param public: names of secrets whose values may be shown: user names, key ids.
    :param strict: whether a lookup fails if the value is too weak to be hidden everywhere.
    :param allow_empty: names of secrets whose values may be empty; the lookup of another fails.
    :param redactor: the redactor that every value is added to; a new one by default.
    :param deadline: seconds that one lookup may take.
    :param reactor: an ``IReactorTime`` for deadlines; Twisted's by default. With a clock alone,
        such as Twisted's for tests, what takes long is done at once.
    :param policy: a list of `Allow` and `Deny`; by default everybody is given every secret.
    :param policy_file: a file of TOML with the rules, in place of `policy`; it is read again when
        it changes.
    :param policy_mode: ``"enforce"``, or ``"report"`` to log what the policy would deny.
    :param audit: `IAuditSink`\ s, which write who had which secret, such as `AuditToFile`.
    :param audit_fail_closed: whether a lookup fails if none of them accepts its event.
    :param resilience: a `Resilience` for each of some names of providers: how they are asked.
    :param metrics_port: the number of a port of this machine that serves metrics for Prometheus, or
        a `MetricsPort`.
    :param max_age: days after which a secret should be replaced, for all, or a dict by patterns of
        names, of which the first one that matches counts; ``None`` for never.
    :param key_file: for Buildbot alone, whose database keeps what the keys open.
    :raise ConfigurationError: when two providers were given the same name, or there is a key file.
    """

    def __init__(
        self,
        providers: Sequence[Any] = (),
        *,
        public: Collection[str] = (),
        strict: bool = False,
        allow_empty: Collection[str] = (),
        redactor: Redactor | None = None,
        deadline: float = DEADLINE,
        reactor: Any = None,  # noqa: ANN401 - an IReactorTime
        policy: Sequence[Rule] | None = None,
        policy_file: str | os.PathLike[str] | None = None,
        policy_mode: str = "enforce",
        resilience: Mapping[str, Resilience] | None = None,
        audit: Sequence[Any] = (),
        audit_fail_closed: bool = False,
        metrics_port: object = None,
        max_age: float | Mapping[str, float | None] | None = None,
        key_file: object = None,
    ) -> None:
        if key_file is not None:
            raise ConfigurationError(
                "key_file needs the database of a Buildbot master: import SecretManager from "
                "buildbot_keychain.plugins.secrets there, and leave key_file out elsewhere"
            )
        require_type("redactor", redactor, Redactor, type(None))
        require_type("strict", strict, bool)
        require_type("audit_fail_closed", audit_fail_closed, bool)
        self.redactor = Redactor() if redactor is None else redactor
        policies = source_of(policy, policy_file)
        if policies is not None:
            require_names(providers)
        named = with_unique_names(providers)
        deadline = checked_deadline(deadline)
        self.configuration = Configuration(
            named,
            names_of_secrets("public", public),
            strict or self.redactor.policy.strict,
            names_of_secrets("allow_empty", allow_empty),
            policies,
            is_report(policy_mode),
            deadline,
            checked(resilience or {}, named, deadline),
            checked_max_age(max_age, [provider.name for provider in named]),
        )
        if policies is not None:
            for problem in self._rule_problems(policies.policy.rules):
                raise ConfigurationError(problem)
        self._lookups = Lookups(self.redactor, reactor=reactor)
        self.audit.use(require_sinks(audit), fail_closed=audit_fail_closed)
        self._metrics_server = MetricsServer(self._metrics, self._lookups.clock)
        self._metrics_server.use(checked_port(metrics_port))
        self._watch = self._lookups.watch(lambda: self.configuration)
        self._waiting: set[Deferred[SecretDetails]] = set()
        for provider in self.providers:
            if IRendersArguments.providedBy(provider):
                provider.use_renderer(partial(self.render_for, provider))
            note = partial(self._lookups.recording.note_action, provider.name)
            if IRecordsActions.providedBy(provider):
                provider.record_with(note)

    @property
    def providers(self) -> tuple[Any, ...]:
        """The providers, in the order in which they are asked."""
        return self.configuration.providers

    def _rule_problems(self, rules: Sequence[Rule]) -> Iterator[str]:
        for rule in rules:
            if rule.approval is not None:
                yield (
                    f"{rule.location}: approval needs builds of a Buildbot master: import "
                    "SecretManager from buildbot_keychain.plugins.secrets there"
                )
        yield from rule_problems(rules, [provider.name for provider in self.providers])

    @property
    def audit(self) -> AuditTrail:
        """Where events go: who had which secret, and who did not."""
        return self._lookups.audit

    @property
    def would_deny(self) -> Mapping[tuple[str, str], int]:
        """How often the policy, which only reports, would have denied a secret to somebody."""
        return self._lookups.access.would_deny

    @property
    def state(self) -> Mapping[str, ProviderState]:
        """How each provider does, by its name: plain numbers, and no names of secrets."""
        return self._lookups.asking.state(self.configuration)

    @property
    def attention(self) -> tuple[Attention, ...]:
        """What needs attention: secrets, tokens and certificates that are too old, or end soon."""
        return self._lookups.attention.items

    def metrics(self) -> Deferred[str]:
        """Return plain numbers in the text format of Prometheus, without a name of a secret."""
        return self._metrics(known=True)

    @returns_deferred
    async def _metrics(self, known: bool) -> str:  # noqa: FBT001 - a callback
        counts, states = self._lookups.recording.counts, self.state.values()
        samples = samples_of_manager(
            counts, self.providers, states, self.audit.states, self.attention
        )
        return exposition(samples, known=known)

    def on_change(self, observer: Callable[[Rotation], object]) -> None:
        """Call `observer` when a secret that is looked up again has another value.

        It is called with a `buildbot_keychain.audit.Rotation`, which has no value.
        """
        self._lookups.on_change(observer)

    def evict(self, name: str | None = None, *, provider: str | None = None) -> Deferred[None]:
        """Keep no answers any longer: of one secret, of one provider, or any.

        What is being asked now is not kept either, and who asks from now on does not wait for it.

        :param name: the secret's name, in any of its spellings: ``[provider!]path``.
        :param provider: the provider's name.
        :raise InvalidName: when no provider can have a secret of that name.
        """
        return self._lookups.evict(self.configuration, name, provider)

    def startService(self) -> None:
        """Start every provider that is a service, and watch the file of the policy."""
        super().startService()
        if self.configuration.policies is not None:
            self.configuration.policies.watch(self._lookups.clock(), self._rule_problems)
        for provider in self.providers:
            if IService.providedBy(provider):
                provider.startService()
        self._metrics_server.startService()
        self._watch.start()

    def stopService(self) -> Deferred[Any]:
        """Cancel the lookups that still wait, and stop every provider that is a service.

        It fires when the sinks of the audit trail have written everything.
        """
        super().stopService()
        self._watch.stop()
        if self.configuration.policies is not None:
            self.configuration.policies.stop()
        for lookup in list(self._waiting):
            lookup.cancel()
        services = [p for p in reversed(self.providers) if IService.providedBy(p)]
        attempt = self._lookups.attempt
        stopping = gatherResults(
            [
                self._metrics_server.stopService(),
                *(attempt(p, "stop cleanly", p.stopService) for p in services),
            ]
        )
        return stopping.addCallback(lambda _: self.audit.stop())

    def get(self, name: str, requester: Requester | None = None) -> Deferred[SecretDetails]:
        """Look up the secret `name`: ``[provider!]path[|field]``.

        :raise SecretNotFound: when no provider that was asked has it.
        :raise InvalidName: when no provider can have it.
        :raise DeniedByPolicy: when the policy does not give it to `requester`.
        :raise ProviderError: when a provider failed; none behind it was asked.
        """
        lookup = self._lookups.get(self.configuration, name, requester)
        self._waiting.add(lookup)

        def ended(result: Any) -> Any:  # noqa: ANN401 - of any type
            self._waiting.discard(lookup)
            return result

        return lookup.addBoth(ended)

    def end_scope(self, scope: str) -> Deferred[None]:
        """Have every provider release what it holds for `scope`; never fails.

        :param scope: the `Requester.scope` of lookups.
        """
        return self._lookups.end_scope(self.configuration, scope)

    def render(
        self,
        renderable: object,
        properties: Mapping[str, Any] | None = None,
        requester: Requester | None = None,
    ) -> Deferred[Any]:
        """Return `renderable` with the secrets and `properties` that it names filled in."""

        async def value_of(name: str) -> str:
            return (await self.get(name, requester)).value

        return RenderingContext(value_of, properties=properties).render(renderable)

    def render_for(self, provider: object, argument: object) -> Deferred[Any]:
        """Return an `argument` of `provider` with the secrets of other providers filled in."""
        return self._lookups.render_for(self.configuration, provider, argument)
