"""The messages are in `tests.integration.test_mistakes`."""

from __future__ import annotations

from buildbot.secrets.providers.base import SecretProviderBase
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.checks import provider_problems
from buildbot_keychain.plugins import secrets


class _InHouse(SecretProviderBase):
    name = "inhouse"


class ProviderListTests(SynchronousTestCase):
    def problems(self, *entries: object) -> list[str]:
        return list(provider_problems(entries))

    def test_providers_of_anybody(self) -> None:
        self.assertEqual(self.problems(_InHouse(), secrets.SecretManager([])), [])
        self.assertEqual(self.problems(), [])

    def test_namesakes_of_different_classes(self) -> None:
        (problem,) = self.problems(_InHouse(), secrets.SecretManager([], name="inhouse"))
        self.assertIn("called 'inhouse'", problem)

    def test_every_entry_is_reported(self) -> None:
        self.assertEqual(len(self.problems(_InHouse, None, {}, _InHouse(), _InHouse())), 4)
