"""How Buildbot's own plugin loader finds us, and that we take no name of its."""

from __future__ import annotations

from importlib.metadata import EntryPoint, distribution, entry_points

from buildbot.plugins import secrets, util
from twisted.trial.unittest import SynchronousTestCase

import buildbot_keychain.plugins.secrets
import buildbot_keychain.plugins.util

GROUPS = ("buildbot.secrets", "buildbot.steps", "buildbot.util")


def registered(group: str) -> tuple[list[EntryPoint], list[EntryPoint]]:
    """Our entry points of `group`, and those of everyone else."""
    ours: list[EntryPoint] = []
    others: list[EntryPoint] = []
    for point in entry_points(group=group):
        package = point.value.partition(":")[0].partition(".")[0]
        (ours if package == "buildbot_keychain" else others).append(point)
    return ours, others


class EntryPointTests(SynchronousTestCase):
    """The names in the wheel's metadata."""

    def test_they_are_dotted_and_collide_with_no_one(self) -> None:
        """The loader lets one plugin replace another of the same name without a word."""
        for group in GROUPS:
            ours, others = registered(group)
            self.assertTrue(ours, group)
            for point in ours:
                namespace, _, name = point.name.partition(".")
                self.assertEqual(namespace, "keychain")
                self.assertEqual(name, point.attr)
            taken = {point.name.partition(".")[0] for point in others}
            self.assertNotIn("keychain", taken)

    def test_they_stand_in_these_groups_alone(self) -> None:
        """No other group of Buildbot's has an entry point of ours, but that of pages."""
        mine = distribution("buildbot-keychain").entry_points
        groups = {point.group for point in mine if point.group.startswith("buildbot")}
        self.assertEqual(groups, {*GROUPS, "buildbot.www"})

    def test_each_names_something_that_plugins_exports(self) -> None:
        """The two ways to reach a plugin give the same object."""
        for group in GROUPS:
            for point in registered(group)[0]:
                loaded = point.load()
                self.assertEqual(point.module, f"buildbot_keychain.plugins.{group.split('.')[1]}")
                self.assertEqual(loaded.__name__, point.attr)


class LoaderTests(SynchronousTestCase):
    """`buildbot.plugins`, as a master.cfg uses it."""

    def test_secrets(self) -> None:
        """Providers."""
        mine = buildbot_keychain.plugins.secrets
        self.assertIs(secrets.keychain.SecretManager, mine.SecretManager)
        self.assertIs(secrets.keychain.SecretInAFile, mine.SecretInAFile)
        self.assertIsNot(secrets.SecretInAFile, mine.SecretInAFile)

    def test_util(self) -> None:
        """Renderables and the factory."""
        mine = buildbot_keychain.plugins.util
        self.assertIs(util.keychain.Secret, mine.Secret)
        self.assertIs(util.keychain.Interpolate, mine.Interpolate)
        self.assertIs(util.keychain.BuildFactory, mine.BuildFactory)
        self.assertIsNot(util.Secret, mine.Secret)
        self.assertIsNot(util.Interpolate, mine.Interpolate)
