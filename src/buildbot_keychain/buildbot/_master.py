"""`MasterKeychain`: what one Buildbot master has one of: a redactor, its sinks, a way to look up.

It is made when a master with our plug-ins is configured, and stays as long as the master: a
provider that is removed from the configuration leaves secrets in logs and properties behind.

Every lookup goes through `MasterKeychain.get`, also those of Buildbot's own classes. So a value is
known to the redactor before it is used, and the providers of the *newest* configuration answer, in
its order (`_configured`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger
from zope.interface import implementer

from buildbot_keychain.access import Approved, nobody_approves
from buildbot_keychain.attention import Attention
from buildbot_keychain.audit import AuditTrail, Rotation, Use
from buildbot_keychain.buildbot._attached import ATTRIBUTE, keychain_of
from buildbot_keychain.buildbot._audit import MasterAudit
from buildbot_keychain.buildbot._configured import RECONFIGURING, ConfiguredProviders
from buildbot_keychain.buildbot._given_again import GivenAgain, given_again
from buildbot_keychain.buildbot._giving import Giving
from buildbot_keychain.buildbot._metrics import MasterMetrics
from buildbot_keychain.buildbot._parts import PartLookups, Providers, all_of
from buildbot_keychain.buildbot._start_line import about_row, start_line
from buildbot_keychain.buildbot._values_now import VALUES_NOW
from buildbot_keychain.buildbot.approvals import (
    ApprovalEvent,
    Approvals,
    AwaitedApprovals,
    Records,
    Subjects,
    audited,
    log_event,
)
from buildbot_keychain.buildbot.builds import (
    LOOKED_UP,
    Asker,
    Audiences,
    BuildScopes,
    Descendants,
    GivenSecrets,
    LaterWrites,
    Origins,
    PrintRecord,
    Requests,
    UseRecord,
    collect,
    looking_up,
)
from buildbot_keychain.buildbot.forms import NAME as FORM
from buildbot_keychain.buildbot.forms import FormValues, HiddenTyped
from buildbot_keychain.buildbot.hidden_values import HiddenValues
from buildbot_keychain.buildbot.outages import Retries, Waiting
from buildbot_keychain.buildbot.patches import PATCHES
from buildbot_keychain.buildbot.references import Name, References
from buildbot_keychain.buildbot.sealed import MasterKeys
from buildbot_keychain.buildbot.sinks import (
    HiddenSecret,
    RedactingUpdates,
    Reporter,
    redact_process_logs,
)
from buildbot_keychain.buildbot.state import PrintRow, PrintsTable, ScopeMemory, UsesTable, Writes
from buildbot_keychain.configuration import weakness
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import (
    InvalidName,
    SecretNotFound,
    quote,
)
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.policy import Question
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.resilience import ProviderState

_log = Logger()


class MasterKeychain:
    """The secrets of one master: what looks them up, and what keeps them out of all it writes.

    :param master: Buildbot's ``BuildMaster``, its configuration loaded.
    """

    def __init__(self, master: Any) -> None:
        self.master = master
        self.providers = ConfiguredProviders(master, self._providers_set_up, self._own_providers)
        self.redactor = Redactor(RedactionPolicy.build_log(), apart=True)
        VALUES_NOW.hide_in(self.redactor)
        self._lookups = Lookups(
            self.redactor, reactor=master.reactor, carried=(LOOKED_UP, RECONFIGURING)
        )
        self.keys = MasterKeys(master)
        self._audit = MasterAudit(master, self._lookups.recording, self.keys)
        self.scope_memory = ScopeMemory(master)
        self.build_scopes = BuildScopes(self._end_build)
        soon = partial(master.reactor.callLater, 0)
        later, writes = LaterWrites(master), Writes(master, soon)
        self.given = GivenSecrets(master, writes, later.soon)
        self.giving = Giving(
            self.redactor,
            self._lookups,
            self.given,
            lambda: self.providers.settings.public,
            soon,
        )
        self._uses = UseRecord(
            UsesTable(master, writes),
            lambda: int(master.reactor.seconds()),
            self._has_database,
            self._redacted,
            later.within_a_second,
            soon=soon,
        )
        self._lookups.recording.tell(self._uses.note)
        self._prints = PrintRecord(
            PrintsTable(master, writes),
            self._has_database,
            self._redacted,
            later.within_a_second,
            soon=soon,
        )
        self._requests = Requests(master, writes)
        self._origins = Origins(master, self._requests)
        self.audiences = Audiences(self.redactor, self.given)
        descendants = Descendants(master)
        self.hidden_values = HiddenValues(
            self.redactor, self.given, descendants, lambda: self.providers.settings.strict
        )
        self.reporter = Reporter(master, lambda: self.providers.settings.report_hidden)
        self.reporter.on_hidden(self._audit.note_hidden)
        self.reporter.on_hidden(self._note_print)
        self.retries = Retries(master)
        self.waiting = Waiting(
            master, lambda: self.providers.settings.outage, self.retries.end_outage
        )
        self.approval_records = Records(master)
        self.approval_records.observer = self._note_approval
        self.approvals = Approvals(master, self.approval_records)
        self._awaited_approvals = AwaitedApprovals(
            master,
            self.approval_records,
            Subjects(master, self._origins, self._requests),
            self.waiting,
            policy=self._policy_in_force,
            redact=self._redacted,
        )
        self.references = References(
            master, self._get_by_reference, self.waiting.preparing, self._is_public
        )
        typed = HiddenTyped(self._hide_typed, self.redactor.forget, self.given, descendants)
        self._given_again = GivenAgain(master, self.providers, self._lookups, self.references.made)
        self.forms = FormValues(master, self.keys, typed, self._weakness_of)
        self.updates = RedactingUpdates(
            master,
            self.audiences,
            descendants,
            self._stored,
            self.reporter,
            made_by=self.hidden_values.names_in,
            references=self.references,
            forms=self.forms,
            requests=self._requests,
        )
        self.parts = PartLookups(master, self.providers, self._look_up, self._show_waiting)
        self.services, self.reports = self.parts.services, self.parts.reports
        self._lookups.services_with = self.services.that_have
        self._lookups.on_change(self._refresh_services)
        self.watch = self._lookups.watch(lambda: self.providers.configuration)
        self.about = about_row()
        self.metrics = MasterMetrics(self, self._lookups.recording.counts)
        self._cleaned_up = False
        self._announced = ""

    def _redacted(self, buildid: int | None, text: str) -> str:
        """Return `text` as those may read it who read the texts of a build."""
        return self.audiences.of_buildid(buildid).redact(text)

    def _has_database(self) -> bool:
        return getattr(self.master.db, "pool", None) is not None

    def _note_print(self, hidden: HiddenSecret) -> None:
        if hidden.build is not None:
            now = int(self.master.reactor.seconds())
            where = hidden.sink, hidden.step, hidden.log, hidden.line
            self._prints.note(PrintRow(hidden.build, hidden.secret, *where, now, hidden.count))

    def _note_approval(self, event: ApprovalEvent) -> None:
        log_event(event)
        if self.audit.is_watched:
            self.audit.record(audited(event))

    def _refresh_services(self, change: Rotation) -> None:
        """Have the services look for themselves that have a secret that a lookup saw changed."""
        if change.services and self.providers.settings.refresh is not None:
            refresh = partial(self.parts.refresh_services_with, change.provider, change.secret)
            # Later, as this is a part of a lookup.
            self.master.reactor.callLater(0, refresh)

    def _policy_in_force(self) -> object:
        policies = self.providers.configuration.policies
        return policies and policies.policy

    def on_hidden(self, observer: Callable[[HiddenSecret], object]) -> None:
        """Call `observer` with a `HiddenSecret` when secrets were hidden in something."""
        self.reporter.on_hidden(observer)

    @property
    def hidden_secrets(self) -> tuple[HiddenSecret, ...]:
        """What was hidden since the master started, by secret, builder, step and sink."""
        return self.reporter.counted

    @property
    def audit(self) -> AuditTrail:
        """Where events go: who had which secret, and who did not."""
        return self._lookups.audit

    @property
    def would_deny(self) -> Mapping[tuple[str, str], int]:
        """How often the policy, which only reports, would have denied a secret to somebody."""
        return self._lookups.access.would_deny

    @property
    def provider_states(self) -> Mapping[str, ProviderState]:
        """How each provider does, by its name: plain numbers, and no names of secrets."""
        return self._lookups.asking.state(self.providers.configuration)

    @property
    def attention(self) -> tuple[Attention, ...]:
        """What needs attention: see `buildbot_keychain.SecretManager.attention`."""
        return self._lookups.attention.items

    def evict(
        self, name: str | None = None, *, provider: str | None = None, person: str = ""
    ) -> Deferred[None]:
        """Keep no answers any longer: see `buildbot_keychain.SecretManager.evict`.

        :param person: who wants it, for the audit trail; empty for code that runs here.
        """
        self._given_again.evict()
        return self._lookups.evict(self.providers.configuration, name, provider, person)

    def questions(self, name: str, requester: Requester) -> Deferred[list[Question]]:
        """Return what a policy decides on if `requester` asks for the secret `name`.

        No provider is asked for the secret.

        :raise InvalidName: when no provider can have it.
        """
        configuration = self.providers.configuration
        kinds = configuration.policies is None
        questions = self._lookups.questions(configuration, name, requester, kinds=kinds)
        return Deferred.fromCoroutine(questions)

    @property
    def weak_secrets(self) -> Mapping[str, str]:
        """Why secrets that were looked up since the start are weak, by their names."""
        return self._lookups.hiding.weak

    def note_action(
        self, provider: str, action: str, person: str, secret: str, outcome: str
    ) -> None:
        """Record what somebody has done to a provider: see `IRecordsActions`."""
        self._lookups.recording.note_action(provider, action, person, secret, outcome)

    def forget_provider(self, provider: object) -> None:
        """Keep no answers of a provider whose arguments have changed, nor how it did."""
        self._lookups.asking.forget(provider)

    @property
    def waiting_services(self) -> tuple[str, ...]:
        """One sentence for each service that waits for a secret: who needs what, and why."""
        return (*self.services.waiting_room.waiting, *self.reports.waiting)

    @classmethod
    def of(cls, master: Any) -> MasterKeychain:
        """Return the keychain of `master`, a new one if it had none."""
        keychain: MasterKeychain | None = keychain_of(master)
        if keychain is None:
            keychain = cls(master)
            keychain._attach()
        return keychain

    def get(
        self,
        name: str,
        requester: Requester | None = None,
        *,
        provider: str | None = None,
        approved: Approved = nobody_approves,
    ) -> Deferred[SecretDetails]:
        """Look up a secret with every provider of the configuration, in its order.

        The errors are those of `buildbot_keychain.SecretManager.get`.

        :param provider: the name of the only provider to ask.
        :param approved: tells what people have approved.
        :raise InvalidName: when there is no such provider.
        """
        choose = all_of if provider is None else partial(_only, provider, name)
        return self._look_up(name, requester, choose, approved)

    def _look_up(
        self,
        name: str,
        requester: Requester | None,
        choose: Callable[[Providers], Providers] = all_of,
        approved: Approved = nobody_approves,
    ) -> Deferred[SecretDetails]:
        """Do what `get` does with the providers that `choose` returns of those of now."""
        with looking_up(name):
            return self._get(name, requester, choose, approved)

    @returns_deferred
    async def _get(
        self,
        name: str,
        requester: Requester | None,
        choose: Callable[[Providers], Providers],
        approved: Approved,
    ) -> SecretDetails:
        await self.providers.catch_up()
        configuration, settings = self.providers.current()
        self._audit.follow(settings.audit)
        asked = choose(configuration.providers)
        if asked is not configuration.providers:
            configuration = replace(configuration, providers=asked)
        return await self._lookups.get(configuration, name, requester, approved=approved)

    async def get_for(
        self, name: str, asker: Asker, *, provider: str | None = None
    ) -> SecretDetails:
        """Look up a secret for `asker`; a build counts as given it before it has the value.

        The step of a build waits until people have approved, and while a retry can help.

        :param provider: the name of the only provider to ask, if a build asks.
        """
        build = asker.build
        if build is None:
            return await self.parts.get_for(name, asker)
        self.build_scopes.track(build)
        try:
            requester = await self._origins.complete(build, asker.requester)

            def look_up(approved: Approved) -> Awaitable[SecretDetails]:
                get = partial(self.get, name, requester, provider=provider, approved=approved)
                return self.waiting.wait_out(build, get)

            details = await self._awaited_approvals.wait_out(build, requester, look_up)
            await self.giving.give(build, details.key, details.value)
            collect(details.key, details.source, details.version)
            return details
        finally:
            # The build may have ended in the meantime.
            self.build_scopes.end_if_finished(build)

    async def details_for(self, name: str, asker: Asker, owner: object) -> SecretDetails:
        """Return a secret for `asker`, with a value of which it is known what it is.

        :param owner: what lives as long as that is known.
        """
        build, before = asker.build, None
        if build is not None:
            details = given_again(build, name)
            if details is not None:
                return details
            before = self._given_again.circumstances(build, name)
        found = await self.get_for(name, asker)
        value = self.references.made.secret(owner, Name(name, found.source), found.value)
        details = SecretDetails(found.source, found.key, value, found.version)
        details.asked = found.asked
        if before is not None and self._origins.knows(build):
            self._given_again.keep(build, details, before)
        return details

    async def _get_by_reference(self, build: Any, name: Name) -> str:
        asker = Asker(build)
        details = await self.get_for(name.secret, asker, provider=name.provider)
        source, version = details.source, details.version
        use = Use(name.secret, asker.requester, "property", provider=source, version=version)
        self.audit.record(use)
        return details.value

    def _is_public(self, name: Name, value: str) -> bool:
        if name.provider == FORM:
            return name.secret in self.providers.settings.public
        return self.redactor.given_as(name.secret, value) is None

    def _weakness_of(self, name: str, value: str) -> str:
        settings = self.providers.settings
        if not settings.strict or name in settings.public:
            return ""
        return weakness(value, self.redactor.policy)

    async def _hide_typed(self, name: str, value: str) -> str | None:
        if name in self.providers.settings.public:
            return None
        return await self.protect_passing(name, value)

    async def protect_passing(
        self,
        name: str,
        value: str,
        known: AbstractSet[str] = frozenset(),
        *,
        in_thread: bool = False,
    ) -> str:
        """Hide a value until it is forgotten; return by what it is given, as `add_passing` does.

        :param in_thread: whether it is one of many, which together take long.
        """
        return await self._lookups.hiding.protect_passing(name, value, known, in_thread=in_thread)

    @returns_deferred
    async def get_for_buildbot(self, name: str, asker: Asker) -> SecretDetails | None:
        """Look up a secret as Buildbot's own manager does: ``None`` if no provider has it."""
        try:
            return await self.get_for(name, asker)
        except SecretNotFound:
            return None

    def render_for(self, provider: object, argument: object) -> Deferred[Any]:
        """Return an `argument` of `provider` with the secrets of other providers filled in."""
        argument = _Argument(self.master, argument)
        return self._lookups.render_for(self.providers.configuration, provider, argument)

    def decide_on_question(self, provider: Any, path: str, asker: Asker) -> Deferred[None] | None:
        """Have the policy decide whether `asker` may ask `provider` for `path` directly.

        :return: a Deferred that fails with `DeniedByPolicy`; ``None`` where there is no policy.
        """
        configuration = self.providers.configuration
        if configuration.policies is None:
            return None

        async def decide() -> None:
            secret = f"{provider.name}!{path}", path, (provider,)
            decide = partial(self._lookups.decide, configuration, secret)
            build = asker.build
            if build is None:
                await decide(asker.requester)
                return
            requester = await self._origins.complete(build, asker.requester)
            await self._awaited_approvals.wait_out(build, requester, partial(decide, requester))

        return Deferred.fromCoroutine(decide())

    def _stored(self) -> Deferred[Any]:
        """Return a Deferred that fires when what builds were given is stored, or cannot be."""
        flushed = [self.given.stored(), self._uses.flush(), self._prints.flush()]
        return gatherResults(flushed)

    def _own_providers(self) -> tuple[Any, ...]:
        return (self.forms.provider,) if self.keys.configured else ()

    def _providers_set_up(self) -> None:
        settings = self.providers.settings
        self._audit.follow(settings.audit)
        self.metrics.follow(settings.metrics_port)
        if not self._cleaned_up:
            # The master's database is there by now.
            self._cleaned_up = True
            self.given.clean_up()
            self._uses.clean_up()
            self._prints.clean_up()
            self._requests.clean_up()
            self.approval_records.clean_up()
            self.references.clean_up()
            self.forms.clean_up()
        self._announce()

    def _show_waiting(self) -> None:
        self.about[:] = about_row(self.services.waiting_room.shown)

    def _announce(self) -> None:
        """Log what protects the master, unless that is what was logged last."""
        gaps = [gap.patch.name for gap in PATCHES.accepted]
        line = start_line(self.providers.configuration, gaps)
        if line != self._announced:
            self._announced = line
            _log.info("{line}", line=line)

    def _attach(self) -> None:
        """Attach this to the master and put it before its sinks.

        A failure leaves the master as it was. What a process logs may be redacted nevertheless.
        Buildbot's own cleaning goes on until the master has its keychain, so that is the last step.
        """
        master = self.master
        undo = ExitStack()
        try:
            undo.callback(setattr, master.data, "updates", master.data.updates)
            master.data.updates = self.updates
            if master.mq.impl is not None:
                # It was set up already, and has copied the method that was there before.
                undo.callback(setattr, master.mq, "produce", master.mq.produce)
                master.mq.produce = master.mq.impl.produce
            redact_process_logs(self.redactor, self.reporter)
            setattr(master, ATTRIBUTE, self)
        except BaseException:
            undo.close()
            raise

    def _end_build(self, build: Any, scope: str) -> Deferred[None]:
        self.hidden_values.end(build.buildid)
        self.references.made.forget(build)
        self._given_again.forget(build)
        self.audiences.rest(build.buildid)
        return self._lookups.end_scope(self.providers.configuration, scope)


def _only(provider: str, name: str, providers: Providers) -> Providers:
    """Return the one of `providers` that is called `provider`, to be asked for the secret `name`.

    :raise InvalidName: when there is none.
    """
    asked = tuple(each for each in providers if each.name == provider)
    if not asked:
        msg = f"secret {quote(name)}: no provider is called {quote(provider)} any more"
        raise InvalidName(msg)
    return asked


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
