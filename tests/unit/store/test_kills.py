"""A process that is killed while it changes a store leaves it as before or as after.

`KEYCHAIN_STORE_KILLS` sets how many calls lie between two kills (default 40).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import StoreTestCase

STEP = os.environ.get("KEYCHAIN_STORE_KILLS", "40")
ROOT = Path(__file__).parents[3]


class KillTests(StoreTestCase):
    def test_kill_at_many_points(self) -> None:
        paths = [str(self.ring_file.path), str(self.base / "killed.seen")]
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.store_kills", self.url, *paths, STEP],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        self.assertGreater(int(done.stdout), 6)


class PostgreSQLKillTests(PostgreSQLTestCase, KillTests):
    """On PostgreSQL."""
