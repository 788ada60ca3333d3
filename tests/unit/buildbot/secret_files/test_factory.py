"""`BuildFactory`: which steps it adds, and what it refuses."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SkipTest, TestCase

try:
    from buildbot.config import ConfigErrors
    from buildbot.process.factory import BuildFactory as BuildbotFactory
    from buildbot.steps.shell import ShellCommand
except ImportError:
    raise SkipTest("Buildbot is not installed") from None

from buildbot_keychain.buildbot.secret_files._factory import BuildFactory
from buildbot_keychain.buildbot.secret_files._steps import RemoveSecretFiles, WriteSecretFiles
from buildbot_keychain.rendering import Secret

SECRETS = [("netrc", Secret("token"))]


def names(factory: Any) -> list[str]:
    """Return the names of a factory's steps."""
    return [step.buildStep().name for step in factory.steps]


class BuildFactoryTests(TestCase):
    """`BuildFactory`."""

    def step(self, name: str) -> Any:
        """Make any step."""
        return ShellCommand(name=name, command=["true"])

    def test_is_buildbots(self) -> None:
        """Whatever takes Buildbot's takes it."""
        factory = BuildFactory([self.step("a")])

        self.assertIsInstance(factory, BuildbotFactory)
        self.assertEqual(names(factory), ["a"])

    def test_with_secrets(self) -> None:
        """The steps of the block are between two steps that share the block object."""
        factory = BuildFactory([self.step("a")])
        with factory.withSecrets(SECRETS) as same:
            factory.addStep(self.step("b"))
        factory.addStep(self.step("c"))

        self.assertIs(same, factory)
        self.assertEqual(
            names(factory), ["a", "write secret files", "b", "remove secret files", "c"]
        )
        write, remove = (factory.steps[n].buildStep() for n in (1, 3))
        self.assertIs(write.block, remove.block)
        self.assertTrue(remove.alwaysRun)

    def test_add_steps(self) -> None:
        """It does the same, and without secrets what Buildbot's does."""
        factory = BuildFactory()
        factory.addSteps([self.step("a")], withSecrets=SECRETS)
        factory.addSteps([self.step("b")])
        factory.addSteps([self.step("c")], withSecrets=[])

        self.assertEqual(
            names(factory), ["write secret files", "a", "remove secret files", "b", "c"]
        )

    def test_nested(self) -> None:
        """Each block has its own two steps."""
        factory = BuildFactory()
        with factory.withSecrets(SECRETS), factory.withSecrets([("other", Secret("x"))]):
            factory.addStep(self.step("a"))

        kinds = [type(step.buildStep()) for step in factory.steps]
        self.assertEqual(kinds[:2], [WriteSecretFiles] * 2)
        self.assertEqual(kinds[3:], [RemoveSecretFiles] * 2)

    def test_refused(self) -> None:
        """Errors are those of a configuration, and the factory gets no step."""
        factory = BuildFactory()
        for wrong in ("netrc", [("", "x")], [("a", "1"), ("a", "2")], [("a", 1)]):
            with self.assertRaises(ConfigErrors), factory.withSecrets(wrong):  # type: ignore[arg-type]
                pass
        with (
            self.assertRaises(ConfigErrors),
            factory.withSecrets(SECRETS),
            factory.withSecrets(SECRETS),
        ):
            pass

        self.assertEqual(names(factory), ["write secret files", "remove secret files"])

    def test_compares(self) -> None:
        """A reconfiguration sees what changed, and nothing else."""

        def factory(name: str) -> BuildFactory:
            made = BuildFactory()
            made.addSteps([self.step("a")], withSecrets=[("netrc", Secret(name))])
            return made

        self.assertEqual(factory("x"), factory("x"))
        self.assertNotEqual(factory("x"), factory("y"))
