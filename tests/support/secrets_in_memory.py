"""`SecretsInMemory`: an `ISecrets` that shows what a test gives it."""

from __future__ import annotations

from dataclasses import replace

from zope.interface import implementer

from buildbot_keychain.approvals import Person
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Policy, Question
from buildbot_keychain.resilience import ProviderState
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

APP = Listed("files", "team/app")
VERSION = Version(3, 1_700_000_000)


@implementer(ISecrets)
class SecretsInMemory:
    """Has secrets by name.

    :ivar all: what is known of each.
    :ivar records: who uses them.
    :ivar asked: what its providers were asked, and by whom.
    """

    def __init__(self) -> None:
        self.policy: Policy | None = None
        self.all: dict[Listed, Known] = {
            APP: Known(exists=True, description="to deploy", tags=("prod",), versions=(VERSION,))
        }
        self.records: dict[Listed, Record] = {}
        self.found: list[Finding] = []
        self.problems: dict[str, str] = {}
        self.builders: dict[str, tuple[str | None, tuple[str, ...]]] = {"deploy": (None, ())}
        self.wanted: list[Wanted] = []
        self.asked: list[tuple[str, str, str]] = []
        self.known_asked: list[Listed] = []

    @returns_deferred
    async def providers(self, *, details: bool) -> list[Provider]:
        names = dict.fromkeys(secret.provider for secret in self.all)
        return [
            Provider(name, "files", ProviderState(name, asked=7), problem="x" if details else "")
            for name in names
        ]

    @returns_deferred
    async def listed(self, wanted: Wanted) -> Listing:
        self.wanted.append(wanted)
        found = sorted(
            (one for one in self.all if wanted.search in one.name and one.name > wanted.after),
            key=lambda one: one.name,
        )
        seen = [one for one in found if wanted.sees(one)]
        after = seen[wanted.limit - 1].name if len(seen) > wanted.limit else None
        return Listing(tuple(seen[: wanted.limit]), after, self.problems)

    @returns_deferred
    async def question(self, name: str, requester: Requester) -> Question | None:
        provider, mark, path = name.partition("!")
        known = {secret.provider: secret.is_canonical for secret in self.all}
        if not mark or provider not in known:
            return None
        return Question(provider, path.partition("|")[0], requester, known[provider])

    @returns_deferred
    async def known(self, secret: Listed) -> Known:
        self.known_asked.append(secret)
        return self.all.get(secret, Known(exists=False))

    @returns_deferred
    async def record(self, secret: Listed) -> Record:
        return self.records.get(secret, Record())

    @returns_deferred
    async def findings(self) -> list[Finding]:
        return self.found

    @returns_deferred
    async def builder(self, name: str) -> tuple[str | None, tuple[str, ...]] | None:
        return self.builders.get(name)

    @returns_deferred
    async def evict(self, secret: Listed, person: Person) -> None:
        self.asked.append(("evict", secret.name, person.name))

    @returns_deferred
    async def ask(self, secret: Listed, person: Person) -> Asked:
        self.asked.append(("ask", secret.name, person.name))
        asked = Asked(person.name, 1_700_000_000, "it has answered", is_given=True)
        self.records[secret] = replace(self.records.get(secret, Record()), asked=asked)
        return asked
