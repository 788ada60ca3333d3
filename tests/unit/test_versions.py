from __future__ import annotations

import platform
from importlib.metadata import version

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import versions


class VersionTests(SynchronousTestCase):
    def test_this_installation(self) -> None:
        lines = versions.describe()
        self.assertEqual(
            lines[:4],
            [
                f"buildbot-keychain {version('buildbot-keychain')}",
                f"Python {platform.python_version()}",
                f"Twisted {version('twisted')}",
                f"Buildbot {version('buildbot')}",
            ],
        )

    def test_extras(self) -> None:
        """Everything is installed where the tests run."""
        found = versions.extras()
        self.assertTrue(found["vault"])
        self.assertTrue(found["buildbot"])
        self.assertNotIn("all", found)

    def test_an_extra_whose_libraries_are_missing(self) -> None:
        self.patch(versions, "version_of", {"pyjwt": "1"}.get)
        self.assertFalse(versions.extras()["vault"])
        lines = versions.describe()
        self.assertIn("Buildbot (not installed)", lines)
        self.assertTrue(lines[-1].startswith("extras that are not installed: "))
        self.assertIn("vault", lines[-1])

    def test_a_library_that_only_older_pythons_need(self) -> None:
        lines = ["pyyaml ; extra == 'files'", "old; python_version < '3.1' and extra == 'files'"]
        self.patch(versions, "requires", lambda _name: lines)
        self.assertTrue(versions.extras()["files"])

    def test_the_engine(self) -> None:
        self.patch(versions, "TIERS", ("stdlib",))
        self.assertEqual(versions.engine(), "the standard library")

    def test_what_is_not_installed(self) -> None:
        self.patch(versions, "DISTRIBUTION", "no-such-distribution")
        self.assertIn("no-such-distribution (not installed)", versions.describe())
