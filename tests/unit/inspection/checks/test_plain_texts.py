"""The messages are in `tests.integration.test_mistakes`."""

from __future__ import annotations

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.plugins import util as buildbot_util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.checks import plain_texts
from buildbot_keychain.plugins import steps, util


class PlainTextsTests(SynchronousTestCase):
    def problems(self, *command: object) -> list[str]:
        config = MasterConfig()
        factory = util.BuildFactory([steps.ShellCommand(list(command))])
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        return [text.problem for text in plain_texts(config)]

    def test_each_text_is_reported_once(self) -> None:
        (problem,) = self.problems("-p%(secret:a!b|c)s", ["%(secret:a!b|c)s", {"x": 1}])
        self.assertIn("builder 'b', step ShellCommand: nothing is filled into", problem)
        self.assertIn("write Interpolate('%(secret:a!b|c)s')", problem)

    def test_whether_it_may_be_filled_in_later(self) -> None:
        class Own(steps.ShellCommand):
            pass

        config = MasterConfig()
        texts = [cls(["%(secret:a)s"]) for cls in (steps.ShellCommand, Own, steps.SetProperties)]
        factory = util.BuildFactory(texts)
        config.builders = [BuilderConfig("b", workernames=["w"], factory=factory)]
        self.assertEqual([text.is_certain for text in plain_texts(config)], [True, False, True])

    def test_nothing_else_of_a_text_is_shown(self) -> None:
        (problem,) = self.problems("hunter27:%(secret:a)s")
        self.assertNotIn("hunter27", problem)

    def test_classes(self) -> None:
        classes = (util.Secret, util.Interpolate, buildbot_util.Secret, buildbot_util.Interpolate)
        self.assertEqual([len(self.problems(cls)) for cls in classes], [1, 1, 1, 1])

    def test_what_is_filled_in(self) -> None:
        for cls in (util.Interpolate, buildbot_util.Interpolate):
            nested = cls("%(kw:a)s", a=cls("%(secret:x)s"))
            self.assertEqual(self.problems(cls("%(secret:x)s"), nested, str), [])

    def test_other_texts(self) -> None:
        self.assertEqual(self.problems("secret:x", "%(prop:a)s", "%(secret:)s", b"x", 5), [])
