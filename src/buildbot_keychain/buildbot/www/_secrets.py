"""`BuildbotSecrets`: what the pages show of the secrets of a master.

Whatever blocks runs in threads of our own, and every provider has a deadline: one that hangs is
said to, and keeps no page waiting for longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.approvals import Person
from buildbot_keychain.audit import AuditTable
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.state import DatabaseProblemError
from buildbot_keychain.buildbot.www._audited import audited
from buildbot_keychain.buildbot.www._findings import findings_of, gaps_of
from buildbot_keychain.buildbot.www._listing import Tags, page_of
from buildbot_keychain.buildbot.www._names import NameLists, lists, with_canonical_names
from buildbot_keychain.buildbot.www._reading import AuditReading
from buildbot_keychain.buildbot.www._record import record_of
from buildbot_keychain.buildbot.www._references import ConfiguredReferences
from buildbot_keychain.buildbot.www._spellings import Spellings, plain
from buildbot_keychain.buildbot.www._stores import BuildbotStores
from buildbot_keychain.buildbot.www._tags import StoreTags
from buildbot_keychain.buildbot.www._unused import unused
from buildbot_keychain.buildbot.www._used import UsedSecrets
from buildbot_keychain.deferreds import returns_deferred, within
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import InvalidName, KeychainError, message_of, safe_summary
from buildbot_keychain.interfaces import (
    IDescribes,
    IExpires,
)
from buildbot_keychain.latest import Latest
from buildbot_keychain.policy import Policy, Question
from buildbot_keychain.redaction import explanation
from buildbot_keychain.single_flight import SingleFlight
from buildbot_keychain.uses import USES
from buildbot_keychain.web.host_secrets import (
    Asked,
    Finding,
    ISecrets,
    Known,
    Listed,
    Listing,
    Provider,
    Record,
    Version,
    Wanted,
)
from buildbot_keychain.workpool import FewThreads, WorkPool

T = TypeVar("T")

_DEADLINE = 5.0
"""Seconds that a provider, or a search, may take."""

_KEPT = 10.0
"""Seconds for which it is remembered what needs attention."""

_MOST_BUILDERS = 20
"""Builders whose secrets a search finds."""

_MOST_ASKED = 1000
"""Secrets of which it is remembered what came of asking for them."""


@implementer(ISecrets)
class BuildbotSecrets:
    """The secrets of one master.

    :param master: Buildbot's ``BuildMaster``, with a keychain.
    :ivar names: the names of all secrets that can be listed.
    :ivar tags: what the encrypted stores say of theirs.
    :ivar used: which secrets builders had.
    :ivar thread: in which pages do what takes the processor for long.
    :ivar audit: reads the audit trail.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self.names = NameLists(lambda: master.reactor)
        self._references = ConfiguredReferences(lambda: master.config, lambda: master.reactor)
        self._stores = BuildbotStores(master)
        self.tags = StoreTags(self._stores, lambda: master.reactor)
        self.used = UsedSecrets(master)
        self.thread = WorkPool(master.reactor, 1, "keychain-page")
        self.audit = AuditReading(master.reactor)
        self._explaining = FewThreads(1, "keychain-explaining")
        """Apart from what pages do, as a long secret takes a quarter of a minute."""
        self._asked: Latest[str, Asked] = Latest(_MOST_ASKED)
        self._flights = SingleFlight()
        self._findings: list[Finding] = []
        self._findings_until = 0.0
        self._is_prepared = False

    @returns_deferred
    async def prepare(self) -> None:
        """Read in the background what pages would wait for, once; never fails."""
        if not self._is_prepared:
            self._is_prepared = True
            await self.used.prepare()
            await self._references.prepare()
            await self.names.of(self._providers)
            await self.tags.all()

    def stop(self) -> None:
        """Read nothing any more."""
        self.thread.stop()
        self.audit.stop()

    def reconfigured(self) -> None:
        """Look again for what another configuration may have made another one."""
        self._is_prepared = False
        self._findings_until = 0.0
        self.tags.forget_all()

    def note_change(self, store: str) -> None:
        """Have the next page show what an encrypted store has now."""
        self.names.forget(store)
        self.tags.forget(store)

    @property
    def policy(self) -> Policy | None:
        """The policy in force."""
        policies = self._keychain.providers.configuration.policies
        return None if policies is None else policies.policy

    @returns_deferred
    async def providers(self, *, details: bool) -> list[Provider]:
        """Return the providers; what they have to say is asked at the same time."""
        providers, states = self._providers, self._keychain.provider_states
        expiries = [()] * len(providers)
        if details:
            expiries = await gatherResults([self._expiries(each) for each in providers])
        listed = await self.names.of(providers) if details else {}
        return [
            Provider(
                each.name,
                str(getattr(each, "kind", None) or type(each).__name__),
                states[each.name],
                lists(each),
                self._shown(listed[each.name].problem) if each.name in listed else "",
                tuple(ends),
            )
            for each, ends in zip(providers, expiries, strict=True)
        ]

    @returns_deferred
    async def listed(self, wanted: Wanted) -> Listing:
        """Return a page of the list of all secrets that can be listed."""
        providers = self._providers
        found = await self.names.of(providers)
        canonical = with_canonical_names(providers)
        tags: Tags = await self.tags.all() if wanted.search else {}
        of_builders = await self._of_builders(wanted) if wanted.search else frozenset()
        work = partial(page_of, found, canonical, wanted, tags, of_builders)
        listing: Listing = await self.thread.run(_DEADLINE, work)
        problems = {name: self._shown(text) for name, text in listing.problems.items()}
        return Listing(listing.secrets, listing.after, problems)

    @returns_deferred
    async def question(self, name: str, requester: Requester) -> Question | None:
        """Return what a policy decides on if `requester` asks for ``provider!path``."""
        provider, mark, _ = name.partition("!")
        if not mark:
            return None
        try:
            questions: Sequence[Question] = await self._keychain.questions(name, requester)
        except KeychainError:
            return None
        return next((each for each in questions if each.provider == provider), None)

    @returns_deferred
    async def known(self, secret: Listed) -> Known:
        """Return what the provider says of a secret, and of its versions."""
        provider = self._provider(secret)
        try:
            known = await self._described(provider, secret)
        except DeferredTimeout:
            return Known(problem=f"It has not answered within {_DEADLINE:g} seconds.")
        except Exception as error:  # noqa: BLE001 - a provider may be anybody's
            text = message_of(error) or safe_summary(Failure())
            return Known(problem=self._shown(text))
        return known

    @returns_deferred
    async def record(self, secret: Listed) -> Record:
        """Return who uses a secret, who had it, and who has it."""
        spellings = Spellings(self._keychain, secret)
        provider = self._provider(secret)
        try:
            record = await record_of(
                self._keychain, provider, spellings, secret.path, self._references
            )
        except DatabaseProblemError as problem:
            raise problem.of_table(USES) from None
        sinks = self._keychain.providers.settings.audit.sinks

        def read(url: str, work: Callable[[AuditTable], T]) -> Deferred[T]:
            return self.audit.read(url, _DEADLINE, work)

        audit, silence = await audited(sinks, spellings, read)
        return replace(
            record,
            asked=self._asked.get(secret.name),
            audit=audit,
            problems=(silence,) if silence else (),
        )

    @returns_deferred
    async def findings(self) -> list[Finding]:
        """Return what needs attention, as it was a few seconds ago; of the policy, as it is."""
        now = self._master.reactor.seconds()
        if now >= self._findings_until:
            self._findings = await self._flights.do("findings", self._find)
            self._findings_until = now + _KEPT
        return [*self._findings, *gaps_of(self._keychain)]

    async def _find(self) -> list[Finding]:
        try:
            used, lists = await self.used.current(), await self.names.of(self._providers)
            now = self._master.reactor.seconds()
            work = partial(unused, lists, used, now)
            nobody = await self.thread.run(_DEADLINE, work)
            return await findings_of(self._keychain, nobody)
        except DatabaseProblemError as problem:
            raise problem.of_table(USES) from None

    @returns_deferred
    async def builder(self, name: str) -> tuple[str | None, tuple[str, ...]] | None:
        """Return the project and the tags of a builder."""
        for builder in self._master.config.builders:
            if builder.name == name:
                return getattr(builder, "project", None) or None, tuple(builder.tags or ())
        return None

    @returns_deferred
    async def evict(self, secret: Listed, person: Person) -> None:
        """Keep no answers of a secret any longer."""
        await self._keychain.evict(secret.name, person=person.name)

    @returns_deferred
    async def ask(self, secret: Listed, person: Person) -> Asked:
        """Ask for a secret for `person`, by the policy; keep and return what came of it."""
        asked = self._asked[secret.name] = await self._answer(secret, person)
        return asked

    async def _answer(self, secret: Listed, person: Person) -> Asked:
        at = self._master.reactor.seconds()
        provider = self._provider(secret)
        hosted = getattr(provider, "hosted", provider)
        is_dynamic = getattr(hosted, "is_dynamic", None)
        if is_dynamic is not None and is_dynamic(secret.path):
            text = "It is made anew for whoever asks, so it was not asked for."
            return Asked(person.name, at, text)
        requester = Requester("person", owner=person.name)
        try:
            details = await self._keychain.get(secret.name, requester)
        except KeychainError as error:
            text = self._shown(message_of(error) or "it failed")
            return Asked(person.name, at, text)
        work = partial(_facts, secret.name, details.value)
        text = f"{details.source} has answered."
        facts: tuple[tuple[str, str], ...] = ()
        try:
            facts = await self._explaining.run(self._master.reactor, _DEADLINE, work)
        except DeferredTimeout:
            text += " It takes too long to tell how well that can be hidden."
        return Asked(person.name, at, text, is_given=True, facts=facts)

    async def _described(self, provider: Any, secret: Listed) -> Known:
        hosted = getattr(provider, "hosted", provider)
        if IDescribes.providedBy(hosted):
            describing = maybeDeferred(provider.describe, secret.path)
            found = await within(_DEADLINE, describing, self._master.reactor)
            if found is None:
                return Known(exists=False)
            current = Version(found.version, found.created, found.expires)
            versions = await self._versions(secret) or (current,)
            return Known(
                exists=True,
                description=found.description,
                tags=tuple(found.tags),
                versions=versions,
                used=found.used,
                allowed=found.allowed,
                is_hidden=found.redact,
            )
        if not lists(provider):
            return Known()
        names = (await self.names.of(self._providers))[provider.name]
        exists = secret.path in names.names or (None if names.problem else False)
        return Known(exists, problem=self._shown(names.problem))

    async def _versions(self, secret: Listed) -> tuple[Version, ...]:
        """Return the versions in an encrypted store, the newest first; none in other providers."""
        if secret.provider not in self._stores.names:
            return ()
        finding = self._stores.find(secret.provider, secret.path)
        stored = await within(_DEADLINE, finding, self._master.reactor)
        if stored is None:
            return ()
        return tuple(
            Version(
                each.version,
                each.metadata.created,
                each.metadata.expires,
                each.version == stored.current.version,
            )
            for each in reversed(stored.versions)
        )

    @returns_deferred
    async def _expiries(self, provider: Any) -> tuple[Any, ...]:
        if not IExpires.providedBy(getattr(provider, "hosted", provider)):
            return ()
        try:
            asking = maybeDeferred(provider.expiries)
            return tuple(await within(_DEADLINE, asking, self._master.reactor))
        except Exception:  # noqa: BLE001 - what is wrong with it is found when it is asked
            return ()

    async def _of_builders(self, wanted: Wanted) -> frozenset[str]:
        if not wanted.by_builder:
            return frozenset()
        needle = wanted.search.casefold()
        names = [each.name for each in self._master.config.builders]
        builders = [name for name in names if needle in name.casefold()][:_MOST_BUILDERS]
        if not builders:
            return frozenset()
        try:
            used = await self.used.current()
        except DatabaseProblemError as problem:
            raise problem.of_table(USES) from None
        named = await self._references.named_by(builders)
        return frozenset(map(plain, named.union(*map(used.of, builders))))

    def _shown(self, text: str) -> str:
        """Return a text of a provider as a sentence that may be shown to administrators."""
        return str(self._keychain.redactor.redact(text)) if text else ""

    def _provider(self, secret: Listed) -> Any:
        for each in self._providers:
            if each.name == secret.provider:
                return each
        raise InvalidName("there is no such provider in this master's configuration now")

    @property
    def _providers(self) -> tuple[Any, ...]:
        providers: tuple[Any, ...] = self._keychain.providers.configuration.providers
        return providers

    @property
    def _keychain(self) -> Any:
        return keychain_of(self._master)


def _facts(name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple(explanation.explain(name, value))
