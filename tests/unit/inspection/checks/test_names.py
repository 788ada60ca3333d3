"""The messages are in `tests.integration.test_mistakes`."""

from __future__ import annotations

import os

from buildbot.config.builder import BuilderConfig
from buildbot.config.errors import capture_config_errors
from buildbot.config.master import MasterConfig
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.inspection import references
from buildbot_keychain.inspection.checks import missing_names, name_problems
from buildbot_keychain.plugins import secrets, steps, util
from buildbot_keychain.providers.environment import SecretInEnvironment


class _InHouse(SecretProviderBase):
    name = "inhouse"


class NameTests(SynchronousTestCase):
    def problems(self, name: str) -> list[str]:
        config = MasterConfig()
        vault = secrets.SecretInVault("http://127.0.0.1:8200", "token", name="one")
        config.secretsProviders = [_InHouse(), secrets.SecretManager([vault])]
        factory = util.BuildFactory([steps.ShellCommand([util.Secret(name)])])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        return list(name_problems(config, list(references(config))))

    def test_names_that_a_provider_can_have(self) -> None:
        for name in ("x", "one!x", "vault!x", "inhouse!x"):
            self.assertEqual(self.problems(name), [], name)

    def test_names_that_none_can_have(self) -> None:
        for name in ("SecretManager!x", "two!x", "!x", "inhouse!"):
            self.assertEqual(len(self.problems(name)), 1, name)

    def missing(self, *arguments: object) -> list[str]:
        """Return which of the arguments of a step are missing in a provider of the environment."""
        self.patch(os, "environ", {**os.environ, "KEYCHAIN_NAMES_deploy_token": "value"})
        config = MasterConfig()
        config.secretsProviders = [secrets.SecretInEnvironment("KEYCHAIN_NAMES_")]
        factory = util.BuildFactory([steps.ShellCommand(list(arguments))])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        return list(missing_names(config, list(references(config))))

    def test_a_secret_that_is_there(self) -> None:
        names = [util.Secret("deploy_token"), util.Secret("environment!deploy_token")]
        self.assertEqual(self.missing(*names), [])

    def test_no_provider_is_asked_for_a_secret_without_a_name(self) -> None:
        with capture_config_errors() as errors:
            self.assertEqual(self.missing(util.Secret("")), [])
        self.assertEqual(errors.errors, ["Secret needs a name, not '': write Secret('name')"])

    def test_a_secret_of_many_builders_is_read_once(self) -> None:
        reads: list[str] = []
        read = SecretInEnvironment.read

        def counted(provider: SecretInEnvironment, path: str) -> str | None:
            reads.append(path)
            return read(provider, path)

        self.patch(SecretInEnvironment, "read", counted)
        self.patch(os, "environ", {**os.environ, "KEYCHAIN_NAMES_deploy_token": "value"})
        config = MasterConfig()
        config.secretsProviders = [secrets.SecretInEnvironment("KEYCHAIN_NAMES_")]
        factory = util.BuildFactory([steps.ShellCommand([util.Secret("deploy_token")])])
        config.builders = [
            BuilderConfig(name, workernames=["w"], factory=factory) for name in ("a", "b", "c")
        ]
        self.assertEqual(list(missing_names(config, list(references(config)))), [])
        self.assertEqual(reads, ["deploy_token"])

    def test_a_secret_that_is_missing(self) -> None:
        (problem,) = self.missing(util.Secret("deploytoken"))
        self.assertEqual(
            problem,
            "builder 'b', step ShellCommand: no provider holds the secret 'deploytoken' "
            "(providers: 'SecretInEnvironment'); did you mean 'deploy_token'?",
        )

    def test_names_that_cannot_be_listed(self) -> None:
        listed: list[object] = []

        def names(provider: object) -> list[str]:
            listed.append(provider)
            raise AccessDenied("environment", "x", "no")

        self.patch(SecretInEnvironment, "names", names)
        problems = self.missing(util.Secret("deploytoken"), util.Secret("other"))
        self.assertEqual([problem.partition("; ")[2] for problem in problems], ["", ""])
        self.assertEqual(len(listed), 1)

    def test_a_secret_that_may_be_missing_or_is_named_by_a_build(self) -> None:
        texts = ("%(secret:x:-y)s", "%(secret:x-%(prop:a)s)s")
        self.assertEqual(self.missing(*map(util.Interpolate, texts)), [])

    def test_a_secret_that_another_provider_may_hold(self) -> None:
        config = MasterConfig()
        config.secretsProviders = [secrets.SecretInEnvironment("KEYCHAIN_NAMES_"), _InHouse()]
        factory = util.BuildFactory([steps.ShellCommand([util.Secret("x")])])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        self.assertEqual(list(missing_names(config, list(references(config)))), [])

    def test_a_manager_counts_as_what_it_holds(self) -> None:
        self.assertIn("(providers: 'inhouse', 'one')", self.problems("two!x")[0])
