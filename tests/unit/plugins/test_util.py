from __future__ import annotations

from buildbot.plugins import util as buildbot_util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.plugins import util
from buildbot_keychain.rendering import Interpolate, Secret


class UtilTests(SynchronousTestCase):
    def test_what_is_buildbots_is_there_too(self) -> None:
        self.assertIs(util.BuilderConfig, buildbot_util.BuilderConfig)
        self.assertIs(util.Property, buildbot_util.Property)

    def test_what_is_ours_is_ours(self) -> None:
        self.assertTrue(issubclass(util.Secret, Secret))
        self.assertTrue(issubclass(util.Interpolate, Interpolate))

    def test_what_neither_has_is_missing(self) -> None:
        self.assertFalse(hasattr(util, "NoSuchThing"))
