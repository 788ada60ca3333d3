"""An argument of a provider that cannot be looked up, as that could not be recorded.

The provider is well: nothing counts against it, and nobody else is asked in its place.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Resilience, SecretManager
from buildbot_keychain.errors import AuditUnavailable
from tests.support.fakes import DictProvider

UNRECORDED = AuditUnavailable("key", "no sink accepts it")


class AuditThatFailsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.vault = DictProvider("vault", {"x": UNRECORDED})
        self.files = DictProvider("files", {"x": "an0ther0ne"})

    def manager(self, **settings: Any) -> SecretManager:
        return SecretManager(
            [self.vault, self.files],
            reactor=Clock(),
            resilience={"vault": Resilience(**settings)},
        )

    def assert_fails(self, looking: Deferred[Any]) -> None:
        self.assertIn("no sink accepts it", str(self.failureResultOf(looking, AuditUnavailable)))

    def test_the_next_provider_is_not_asked(self) -> None:
        self.assert_fails(self.manager(optional=True).get("x"))
        self.assertEqual(self.files.asked, [])

    def test_the_last_answer_is_not_given_and_not_lost(self) -> None:
        manager = self.manager(stale=600)
        self.vault.answers["x"] = "tr0ub4dor"
        self.successResultOf(manager.get("x"))
        self.vault.answers["x"] = UNRECORDED
        self.assert_fails(manager.get("x"))
        self.assertFalse(manager.state["vault"].is_stale)

    def test_the_provider_is_asked_again(self) -> None:
        manager = self.manager(breaker=1)
        for _ in range(3):
            self.assert_fails(manager.get("x"))
        self.assertEqual(len(self.vault.asked), 3)
        self.assertEqual(manager.state["vault"].breaker, "closed")
