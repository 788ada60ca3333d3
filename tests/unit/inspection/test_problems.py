from __future__ import annotations

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection import PROVIDER_LIST, Problem, problems_of
from buildbot_keychain.plugins import secrets, steps, util


class ProblemTests(SynchronousTestCase):
    def config(self, *arguments: object, **others: object) -> MasterConfig:
        config = MasterConfig()
        config.secretsProviders = [secrets.SecretInEnvironment("KEYCHAIN_PROBLEMS_", name="env")]
        factory = util.BuildFactory([steps.ShellCommand(command=list(arguments), **others)])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        return config

    def kinds(self, config: MasterConfig) -> list[tuple[str, bool]]:
        return [(problem.kind, problem.is_error) for problem in problems_of(config)]

    def test_nothing_is_wrong(self) -> None:
        self.assertEqual(self.kinds(self.config("x")), [])

    def test_what_is_wrong_with_names_and_texts(self) -> None:
        config = self.config(util.Secret("vault!x"), "%(secret:x)s", timeout=util.Secret("x"))
        found = [("text", True), ("name", True), ("unrendered", True)]
        self.assertEqual(self.kinds(config), found)

    def test_what_may_be_right(self) -> None:
        self.assertEqual(self.kinds(self.config(util.Secret("x"))), [("missing", False)])

    def test_a_wrong_list_of_providers_is_all_that_is_said_of_names(self) -> None:
        config = self.config(util.Secret("vault!x"))
        config.secretsProviders = [object()]
        (problem,) = problems_of(config)
        self.assertEqual((problem.kind, problem.is_error), (PROVIDER_LIST, True))

    def test_it_is_looked_for_once(self) -> None:
        config = self.config("x")
        problems_of(config)
        config.secretsProviders = [object()]
        self.assertEqual(problems_of(config), ())

    def test_a_problem_is_an_error_by_default(self) -> None:
        self.assertTrue(Problem("name", "x").is_error)
