from __future__ import annotations

import buildbot.plugins
from buildbot.plugins.db import get_plugins
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import plugins

OVERRIDDEN = {"reporters", "secrets", "steps", "util"}


class NamespaceTests(SynchronousTestCase):
    """`buildbot_keychain.plugins` in the place of `buildbot.plugins`."""

    def test_every_namespace_of_buildbots_is_there(self) -> None:
        self.assertEqual(set(buildbot.plugins.__all__) - set(plugins.__all__), set())
        for name in set(buildbot.plugins.__all__) - OVERRIDDEN:
            self.assertIs(getattr(plugins, name), getattr(buildbot.plugins, name))

    def test_what_buildbot_has_in_ours_is_there(self) -> None:
        for namespace, name in (("steps", "Git"), ("util", "GitHubAuth"), ("secrets", "keychain")):
            found = getattr(getattr(plugins, namespace), name)
            self.assertIs(found, getattr(getattr(buildbot.plugins, namespace), name))
        self.assertIs(plugins.www, get_plugins("www"))

    def test_a_star_brings_them_all(self) -> None:
        found: dict[str, object] = {}
        exec("from buildbot_keychain.plugins import *", found)
        self.assertLessEqual(set(buildbot.plugins.__all__), set(found))
        self.assertIs(found["secrets"], plugins.secrets)
