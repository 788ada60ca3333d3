"""The messages are in `tests.integration.test_mistakes`."""

from __future__ import annotations

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.checks import name_problems
from buildbot_keychain.plugins import secrets, steps, util


class _InHouse(SecretProviderBase):
    name = "inhouse"


class NameTests(SynchronousTestCase):
    def problems(self, name: str) -> list[str]:
        config = MasterConfig()
        vault = secrets.SecretInVault("http://127.0.0.1:8200", "token", name="one")
        config.secretsProviders = [_InHouse(), secrets.SecretManager([vault])]
        factory = util.BuildFactory([steps.ShellCommand([util.Secret(name)])])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        return list(name_problems(config))

    def test_names_that_a_provider_can_have(self) -> None:
        for name in ("x", "one!x", "vault!x", "inhouse!x"):
            self.assertEqual(self.problems(name), [], name)

    def test_names_that_none_can_have(self) -> None:
        for name in ("SecretManager!x", "two!x", "!x", "inhouse!"):
            self.assertEqual(len(self.problems(name)), 1, name)

    def test_a_manager_counts_as_what_it_holds(self) -> None:
        self.assertIn("(providers: 'inhouse', 'one')", self.problems("two!x")[0])
