"""The renderable that hides what it renders to."""

from __future__ import annotations

from typing import Any

from buildbot.process.properties import Interpolate, Properties, Property
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import Hidden, MasterKeychain
from buildbot_keychain.errors import HidingError
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster

VALUE = "made-at-run-time"


class HiddenTests(SynchronousTestCase):
    """`Hidden`."""

    def setUp(self) -> None:
        self.build: Any = FakeBuild()
        self.build.master = FakeMaster()
        self.keychain = MasterKeychain.of(self.build.master)
        self.properties = Properties(part=VALUE)
        self.properties.build = self.build

    def test_the_value_is_true_and_hidden(self) -> None:
        for value in (VALUE, Property("part"), Interpolate("%(prop:part)s")):
            rendering = self.properties.render(Hidden("token", value))
            self.assertEqual(self.successResultOf(rendering), VALUE)
        self.assertEqual(self.keychain.audiences.of_build(self.build).redact(VALUE), "<token>")

    def test_as_a_property(self) -> None:
        self.properties.setProperty("token", Hidden("token", VALUE), "test")
        rendering = self.properties.render(Property("token"))
        self.assertEqual(self.successResultOf(rendering), VALUE)

    def test_it_shows_no_value(self) -> None:
        self.assertEqual(repr(Hidden("token", VALUE)), "Hidden('token')")
        self.assertNotIn(VALUE, str(Hidden("token", VALUE)))

    def test_outside_of_a_build(self) -> None:
        self.properties.build = None
        self.failureResultOf(self.properties.render(Hidden("token", VALUE)), HidingError)

    def test_names_are_checked(self) -> None:
        self.assertRaises(HidingError, Hidden, "a\nb", VALUE)

    def test_a_reconfiguration_compares(self) -> None:
        self.assertEqual(Hidden("token", VALUE), Hidden("token", VALUE))
        self.assertNotEqual(Hidden("token", VALUE), Hidden("token", "other"))
