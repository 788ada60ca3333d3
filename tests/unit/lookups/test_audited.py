"""What events of lookups say about where an answer came from, and of what secret it is."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain import Allow, Requester, Resilience, SecretManager
from buildbot_keychain.errors import KeychainError, ProviderUnavailable
from buildbot_keychain.interfaces import ICanonicalNames
from tests.support.fakes import DictProvider

BUILD = Requester("build", builder="release", outside=False)
AWAY = ProviderUnavailable("vault", "x", "it is away")


@implementer(ICanonicalNames)
class FoldingProvider(DictProvider):
    """Folds case."""

    def canonical(self, path: str) -> Any:
        return path.lower()

    def get(self, path: str) -> Any:
        return super().get(path.lower())


class AuditedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.vault = FoldingProvider("vault", {"x": "tr0ub4dor"})
        self.files = DictProvider("files", {"y": "c0rrecthorse"})
        self.seen: list[Any] = []

    def manager(self, rules: list[Any] | None = None, **settings: Any) -> SecretManager:
        manager = SecretManager(
            [self.vault, self.files],
            reactor=self.clock,
            policy=rules,
            resilience={"vault": Resilience(**settings)},
        )
        manager.audit.observe(self.seen.append)
        return manager

    def answers(self) -> list[str]:
        return [event.answer for event in self.seen]

    def test_an_answer_that_is_kept(self) -> None:
        manager = self.manager(cache=60)
        for _ in range(2):
            self.successResultOf(manager.get("x"))
        self.assertEqual(self.answers(), ["provider", "cache"])

    def test_the_last_answer_of_a_provider_that_is_away(self) -> None:
        manager = self.manager(stale=600)
        self.successResultOf(manager.get("x"))
        later: Deferred[Any] = Deferred()
        self.vault.answers["x"] = later
        waiting = [manager.get("x") for _ in range(2)]
        later.errback(AWAY)
        for one in waiting:
            self.assertEqual(self.successResultOf(one).value, "tr0ub4dor")
        self.assertEqual(self.answers(), ["provider", "stale", "stale"])

    def test_a_question_that_is_shared(self) -> None:
        manager = self.manager()
        later: Deferred[Any] = Deferred()
        self.vault.answers["x"] = later
        waiting = [manager.get("x") for _ in range(2)]
        later.callback("tr0ub4dor")
        for one in waiting:
            self.successResultOf(one)
        self.assertEqual(self.answers(), ["provider", "shared"])

    def test_the_answer_of_another_provider_than_the_one_that_had_none(self) -> None:
        manager = self.manager(cache=60, cache_absent=60)
        for _ in range(2):
            self.successResultOf(manager.get("y"))
        self.assertEqual(
            [(event.answer, event.provider) for event in self.seen][1:], [("provider", "files")]
        )

    def test_the_one_spelling_of_a_name_that_the_policy_has_asked_for(self) -> None:
        manager = self.manager([Allow("x"), Allow("y")])
        self.successResultOf(manager.get("vault!X", BUILD))
        self.vault.answers["x"] = AWAY
        self.failureResultOf(manager.get("vault!X", BUILD), KeychainError)
        self.vault.answers["x"] = None
        self.successResultOf(manager.get("y", BUILD))
        found = [(event.secret, event.provider, event.canonical) for event in self.seen]
        self.assertEqual(
            found, [("vault!X", "vault", "x"), ("vault!X", "vault", "x"), ("y", "files", "")]
        )
