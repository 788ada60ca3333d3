from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points, version

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.www import KeychainApplication, application

IMPORT = """
import sys
sys.modules["jinja2"] = sys.modules["sqlalchemy"] = None  # as if they were not installed
import buildbot_keychain.www
assert "buildbot_keychain.buildbot" not in sys.modules
assert "buildbot_keychain.web" not in sys.modules
"""


class ApplicationTests(SynchronousTestCase):
    def test_buildbot_finds_it(self) -> None:
        (point,) = (p for p in entry_points(group="buildbot.www") if p.name == "keychain")
        self.assertIs(point.load(), application)

    def test_it_has_what_buildbot_asks_for(self) -> None:
        made = KeychainApplication()
        self.assertEqual(made.version, version("buildbot-keychain"))
        self.assertTrue((made.static_dir / "menu.js").is_file())
        self.assertIn("description", repr(made))

    def test_a_master_without_the_page_imports_nothing_else(self) -> None:
        """An error would keep the master from starting."""
        done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
