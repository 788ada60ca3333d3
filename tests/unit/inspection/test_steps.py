"""`steps_of`: the steps of a builder, of which there are no instances yet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection._steps import steps_of
from buildbot_keychain.plugins import steps, util


class StepTests(SynchronousTestCase):
    def test_their_classes_and_arguments(self) -> None:
        factory = util.BuildFactory([steps.ShellCommand(command=["x"], name="go")])
        ((cls, step),) = steps_of(SimpleNamespace(factory=factory))
        self.assertIs(cls, steps.ShellCommand)
        self.assertEqual(step.kwargs["name"], "go")

    def test_factories_of_somebody_else(self) -> None:
        others: list[Any] = [SimpleNamespace(), SimpleNamespace(steps=[object()])]
        for factory in others:
            self.assertEqual(list(steps_of(SimpleNamespace(factory=factory))), [])
