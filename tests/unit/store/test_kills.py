"""A process that is killed while it changes a store leaves it as before or as after.

`KEYCHAIN_STORE_KILLS` sets how many calls lie between two kills (default 40), and
`KEYCHAIN_RANDOM_KILLS` how often each kind of change is killed at a random moment (default 2).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import StoreTestCase

STEP = os.environ.get("KEYCHAIN_STORE_KILLS", "40")
RANDOM = os.environ.get("KEYCHAIN_RANDOM_KILLS", "2")
ROOT = Path(__file__).parents[3]


class KillTests(StoreTestCase):
    def places(self) -> str:
        """Return the URL for `random_kills`."""
        return "sqlite:///"

    def run_program(self, name: str, *arguments: str) -> str:
        """Return what a program prints that kills its children."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.support.{name}", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=3600,
            check=False,
        )
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        return done.stdout

    def test_kill_at_many_points(self) -> None:
        paths = [str(self.ring_file.path), str(self.base / "killed.seen")]
        self.assertGreater(int(self.run_program("store_kills", self.url, *paths, STEP)), 6)

    def test_kill_at_random_moments(self) -> None:
        """Of set, rotate, rekey, an import, a creation and a restore."""
        self.run_program("random_kills", self.places(), str(self.base), RANDOM, "seed")


class PostgreSQLKillTests(PostgreSQLTestCase, KillTests):
    """On PostgreSQL."""

    def places(self) -> str:
        return self.server.new_database()  # which nobody else uses
