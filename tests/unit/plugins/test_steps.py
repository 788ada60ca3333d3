from __future__ import annotations

from buildbot.plugins import steps as buildbot_steps
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import steps


class StepsTests(SynchronousTestCase):
    def test_what_is_buildbots_is_there_too(self) -> None:
        self.assertIs(steps.Git, buildbot_steps.Git)

    def test_what_is_ours_is_a_kind_of_buildbots(self) -> None:
        self.assertTrue(issubclass(steps.ShellCommand, buildbot_steps.ShellCommand))

    def test_what_neither_has_is_missing(self) -> None:
        self.assertFalse(hasattr(steps, "NoSuchThing"))
