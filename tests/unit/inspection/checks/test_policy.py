from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.plugins import schedulers, worker
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import references
from buildbot_keychain.inspection.checks import (
    careless_senders,
    policy_problems,
    provider_problems,
    uncovered_secrets,
)
from buildbot_keychain.plugins import secrets, steps, util

REPOSITORY = "https://git.example.org/app"


def _problems(config: MasterConfig) -> list[str]:
    return list(policy_problems(config, list(references(config))))


class PolicyTests(SynchronousTestCase):
    def config(self, *rules: Any, name: str | None = "env", factory: Any = None) -> MasterConfig:
        config = MasterConfig()
        named = {} if name is None else {"name": name}
        provider = secrets.SecretInEnvironment("KEYCHAIN_P_", **named)
        config.secretsProviders = [provider, secrets.SecretManager(policy=list(rules))]
        factory = factory or util.BuildFactory()
        config.builders = [
            BuilderConfig("release", workernames=["w"], factory=factory, tags=["deploy"])
        ]
        config.workers = [worker.LocalWorker("w")]
        config.schedulers = {"force": schedulers.ForceScheduler("force", ["release"])}
        return config

    def problem(self, *rules: Any, **arguments: Any) -> str:
        (problem,) = _problems(self.config(*rules, **arguments))
        return problem

    def test_a_configuration_without_a_policy(self) -> None:
        config = self.config()
        config.secretsProviders = config.secretsProviders[:1]
        self.assertEqual([*_problems(config), *uncovered_secrets(config)], [])

    def test_good_rules(self) -> None:
        rules = (
            secrets.Allow("env!a", builders=["rel*"], workers=["w"], tags=["deploy"]),
            secrets.Allow("form!*", schedulers=["force", "rebuild"]),
            secrets.Allow("b", services=["provider/*"]),
        )
        self.assertEqual(_problems(self.config(*rules)), [])

    def test_rules_that_can_never_match(self) -> None:
        for rule, expected in (
            (secrets.Allow("a", builders=["debug"]), "none of the builders is called 'debug'"),
            (secrets.Allow("a", workers=["x"]), "none of the workers is called 'x'"),
            (secrets.Allow("a", schedulers=["x"]), "none of the schedulers is called 'x'"),
            (secrets.Deny("a", tags=["x", "y"]), "none of the tags is called 'x' or 'y'"),
            (secrets.Allow("vault!a"), "no provider is called 'vault'"),
        ):
            self.assertIn(f"test_policy.py:{_line(rule)}", self.problem(rule))
            self.assertIn(expected, self.problem(rule))

    def test_rules_for_another_one_of_several_masters(self) -> None:
        """They may share a policy, and each has builders, workers and schedulers of its own."""
        config = self.config(
            secrets.Allow("a", builders=["debug"], workers=["x"], schedulers=["x"], tags=["x"]),
            secrets.Allow("a", builders=["debug"], branches=["main"]),
        )
        self.assertEqual(len(_problems(config)), 6)
        config.multiMaster = True
        self.assertEqual(_problems(config), [])
        config = self.config(secrets.Allow("vault!a"))
        config.multiMaster = True
        self.assertEqual(len(_problems(config)), 1)

    def test_a_provider_without_a_name(self) -> None:
        problem = self.problem(secrets.Allow("a"), name=None)
        self.assertIn("write SecretInEnvironment(name=..., ...)", problem)

    def test_a_name_with_the_kind_of_a_provider(self) -> None:
        factory = util.BuildFactory([steps.ShellCommand([util.Secret("environment!a")])])
        problem = self.problem(secrets.Allow("a"), factory=factory)
        self.assertIn("the name of a provider must stand before the '!'", problem)

    def test_branches_of_a_builder_with_one_repository(self) -> None:
        rule = secrets.Allow("a", builders=["release"], branches=["main"])
        git = steps.Git(repourl=REPOSITORY)
        self.assertEqual(_problems(self.config(rule, factory=util.BuildFactory([git]))), [])
        for sources in (
            [],
            [git, git],
            [steps.Git(repourl=util.Property("repository"))],
        ):
            problem = self.problem(rule, factory=util.BuildFactory(sources))
            self.assertIn("branches needs repositories", problem)
        anywhere = secrets.Allow("a", branches=["main"])
        self.assertIn("branches needs repositories", self.problem(anywhere))

    def test_secrets_that_nobody_is_given(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir(mode=0o700)
        for name in ("a", "b"):
            (directory / name).touch(mode=0o600)
        for rules, expected in (
            ((secrets.Allow("a"), secrets.Deny("*")), ["the policy gives nobody 'b' of the "]),
            ((secrets.Allow("*"),), []),
        ):
            config = self.config(*rules)
            config.secretsProviders.append(secrets.SecretInAFile(str(directory), name="files"))
            found = [text.partition("provider")[0] for text in uncovered_secrets(config)]
            self.assertEqual(found, expected)

    def test_change_sources_that_take_what_anybody_sends(self) -> None:
        """It is the policy of a manager that believes them."""
        config = self.config(secrets.Allow("*", builders=["release"]))
        config.www["change_hook_dialects"] = {"base": True}
        (problem,) = careless_senders(config)
        self.assertIn("the hook 'base' takes what anybody sends", problem)
        del config.secretsProviders[1]
        self.assertEqual(list(careless_senders(config)), [])

    def test_two_policies(self) -> None:
        managers = [secrets.SecretManager(policy=[], name=name) for name in ("one", "two")]
        (problem,) = provider_problems(managers)
        self.assertIn("several managers with a policy", problem)


def _line(rule: Any) -> str:
    return str(rule.location.rpartition(":")[2])
