from __future__ import annotations

from buildbot.config import ConfigErrors
from buildbot.steps import shell
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import steps, util

COMMAND = util.Interpolate("wget -p '%(secret:userpassword)s' '%(prop:urltofetch)s'")


class ShellCommandTests(SynchronousTestCase):
    def test_its_command_may_be_the_first_argument(self) -> None:
        for step in (steps.ShellCommand(COMMAND), steps.ShellCommand(command=COMMAND)):
            self.assertEqual(step.command, COMMAND)
            self.assertIsInstance(step, shell.ShellCommand)

    def test_other_arguments_are_buildbots(self) -> None:
        step = steps.ShellCommand(["ls"], name="list", env={"A": "b"}, haltOnFailure=True)
        self.assertEqual((step.name, step.env, step.haltOnFailure), ("list", {"A": "b"}, True))

    def test_a_factory_makes_it_anew(self) -> None:
        made = util.BuildFactory([steps.ShellCommand(COMMAND, name="get")]).steps[0].buildStep()
        self.assertEqual((made.command, made.name), (COMMAND, "get"))

    def test_without_a_command_it_says_what_to_write(self) -> None:
        error = self.assertRaises(ConfigErrors, steps.ShellCommand)
        self.assertIn("write ShellCommand(command=[...])", str(error))

    def test_an_unknown_argument(self) -> None:
        error = self.assertRaises(ConfigErrors, steps.ShellCommand, ["ls"], comand="x")
        self.assertIn("invalid ShellCommand argument comand", str(error))

    def test_a_step_derived_from_it_may_have_its_own_command(self) -> None:
        class List(steps.ShellCommand):
            command = ("ls",)

        self.assertEqual(List().command, ("ls",))
