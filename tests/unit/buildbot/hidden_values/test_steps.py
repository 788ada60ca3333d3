"""The steps that hide values; builds that run them are in `tests.integration`."""

from __future__ import annotations

from buildbot.config import ConfigErrors
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import steps


class StepTests(SynchronousTestCase):
    """Their configuration."""

    def test_names_are_checked(self) -> None:
        self.assertRaises(ConfigErrors, steps.HideValue, "a\nb", property="token")
        for name in ("", "a<b"):
            self.assertRaises(
                ConfigErrors,
                steps.SetPropertyFromCommand,
                command=["true"],
                property="token",
                hide_as=name,
            )

    def test_a_step_has_a_name_of_its_own(self) -> None:
        step = steps.HideValue("token", property="x", name="hide it")
        self.assertEqual((step.name, step.secret, step.property), ("hide it", "token", "x"))

    def test_without_a_name_it_is_buildbots(self) -> None:
        step = steps.SetPropertyFromCommand(command=["true"], property="token")
        self.assertIsNone(step.hide_as)
