"""What installing does beside applying the patches: it says which gaps were accepted."""

from __future__ import annotations

from typing import Any

from buildbot.config import ConfigErrors
from buildbot.interfaces import IRenderable
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Interpolate, Secret
from buildbot_keychain.buildbot import install
from buildbot_keychain.buildbot.patches import PATCHES, Target
from buildbot_keychain.versions import ACCEPT_VARIABLE
from tests.support.buildbot_patches import replaced, unpatched

MAX_LINELENGTH = Target("buildbot.util.lineboundaries:LineBoundaryFinder.MAX_LINELENGTH")


class InstallTests(SynchronousTestCase):
    """`install`."""

    def setUp(self) -> None:
        context = unpatched()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        events: list[dict[str, Any]] = []
        self.events = events
        observer: Any = events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def logged(self) -> str:
        return "\n".join(map(eventAsText, self.events))

    def test_renderables_are_buildbots(self) -> None:
        install({})
        self.assertTrue(PATCHES.applied)
        for renderable in (Secret("x"), Interpolate("x")):
            self.assertTrue(IRenderable.providedBy(renderable))
        self.assertEqual(self.logged(), "")

    def test_a_failure_half_way_leaves_buildbot_unpatched(self) -> None:
        """So that the next import does the whole work."""
        with replaced(Target("buildbot_keychain.buildbot._context:register"), lambda: 1 / 0):
            error = self.assertRaises(ConfigErrors, install, {})
            (sentence,) = error.errors
            self.assertIn("could not be installed, so the configuration is refused", sentence)
            self.assertIn("ZeroDivisionError", sentence)
            self.assertFalse(PATCHES.applied)
        install({})
        self.assertTrue(PATCHES.applied)

    def test_a_second_call_does_nothing(self) -> None:
        install({})
        install({ACCEPT_VARIABLE: "cut-lines"})
        self.assertEqual(self.logged(), "")

    def test_an_accepted_gap_is_logged(self) -> None:
        with replaced(MAX_LINELENGTH, 100):
            install({ACCEPT_VARIABLE: " cut-lines, "})
        self.assertIn("lines of more than 4,096 characters", self.logged())
        self.assertIn("LineBoundaryFinder.MAX_LINELENGTH is not 4096", self.logged())

    def test_an_acceptance_that_is_not_needed_is_logged(self) -> None:
        install({ACCEPT_VARIABLE: "cut-lines,nonsense"})
        for name in ("cut-lines", "nonsense"):
            self.assertIn(f"accepts {name!r}", self.logged())
