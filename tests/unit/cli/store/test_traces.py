"""No command leaves a value where others find it: `strace` sees all of them, and their children."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.store import COMMANDS
from tests.support.password_store.real_stores import require_programs
from tests.support.traced_commands import CANARIES, VALUE, script
from tests.support.traces import files_with, trace


class TraceTests(SynchronousTestCase):
    def setUp(self) -> None:
        require_programs("strace")
        self.base = Path(tempfile.mkdtemp(prefix="keychain-trace-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.base)

    def test_all_commands(self) -> None:
        """Each runs once; what a shell would connect to it are pipes, and its messages a file."""
        self.assertEqual(
            {words[0] for words, _, _ in script(self.base)}, {c.name for c in COMMANDS}
        )
        seen = trace(self.base)
        ends = {line for line in seen.ends if not line.endswith(" 0")}
        self.assertEqual(ends, {"diff 1"}, (self.base / "messages").read_text())
        self.assertEqual(seen.without_dumps, len(script(self.base)), "one process for each command")
        self.assertGreater(seen.started, 4)
        # The command of `run`, and what it starts itself.
        self.assertEqual({Path(one).name for one in seen.given(CANARIES)}, {"sh", "cat"})
        written = seen.written(CANARIES)
        allowed = ("pipe:", "/dev/shm/buildbot-keychain-", os.environ.get("XDG_RUNTIME_DIR", "?"))
        prepared = {str(self.base / name) for name in ("settings.env", "edited")}
        elsewhere = {one for one in written if not one.startswith(allowed)}
        self.assertEqual(elsewhere, prepared)
        self.assertIn("pipe:", {one[:5] for one in written})
        self.assertTrue(any("/buildbot-keychain-" in one for one in written), "no file in memory")
        self.assertTrue(any(f'"{VALUE}' in one for one in seen.lines), "the trace shows values")
        # Where they came from.
        self.assertEqual(files_with(self.base, CANARIES), {"settings.env", "edited"})
