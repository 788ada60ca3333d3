"""`KEYCHAIN_REQUIRE_INTEGRATION`: where it is set, no test has an excuse to skip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

SKIPPING = """
import unittest

class SomeTests(unittest.TestCase):
    def test_with_a_program(self):
        self.skipTest("no such program")

    def test_alone(self):
        pass
"""


class RequiredSkipsTests(SynchronousTestCase):
    """A project of two folders with the same test, run by pytest with our conftest.py."""

    def setUp(self) -> None:
        self.project = Path(self.mktemp()).absolute()
        for name in ("integration", "unit"):
            folder = self.project / "tests" / name
            folder.mkdir(parents=True)
            (folder / "test_some.py").write_text(SKIPPING, encoding="utf-8")
        for name in ("conftest.py", "support/ram_disk.py"):
            copy = self.project / "tests" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(Path(__file__).parents[1] / name, copy)
        (self.project / "pytest.ini").write_text(
            "[pytest]\npythonpath = .\naddopts = --import-mode=importlib -p no:cacheprovider\n",
            encoding="utf-8",
        )

    def outcome(self, required: str) -> tuple[int, str]:
        """The exit status of pytest, and what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-v", "tests"],
            cwd=self.project,
            env={**os.environ, "KEYCHAIN_REQUIRE_INTEGRATION": required},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def test_a_machine_may_lack_something(self) -> None:
        """Skips are skips by default."""
        status, printed = self.outcome(required="")
        self.assertIn("2 passed, 2 skipped", printed)
        self.assertEqual(status, 0)

    def test_ci_may_not(self) -> None:
        """Each test that skips fails, with its own reason."""
        status, printed = self.outcome(required="1")
        self.assertIn("2 failed, 2 passed", printed)
        self.assertIn("must run here, but: Skipped: no such program", printed)
        self.assertEqual(status, 1)
