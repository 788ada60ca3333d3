"""What the store has written is on the disk before anything relies on it, as `strace` sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.disk_order import CALLS, Event, events, problems
from tests.support.password_store.real_stores import require_programs

ROOT = Path(__file__).parents[3]


class TraceTests(SynchronousTestCase):
    """Of a process that creates a store, changes it and rotates its keys."""

    found: list[Event] | None = None

    def setUp(self) -> None:
        require_programs("strace")
        if TraceTests.found is None:
            TraceTests.found = self.trace()
        self.events = TraceTests.found

    def trace(self) -> list[Event]:
        base = Path(self.mktemp()).absolute()
        for directory in (base, base / "data", base / "keys"):
            directory.mkdir(mode=0o700)
        trace = base.with_suffix(".trace")
        strace = ["strace", "-f", "-y", "-qq", "-o", str(trace), "-e", f"trace={CALLS}"]
        done = subprocess.run(
            [*strace, sys.executable, "-m", "tests.support.disk_order", str(base)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        return list(events(trace.read_text(errors="replace"), base))

    def test_nothing_is_relied_upon_before_it_is_on_the_disk(self) -> None:
        self.assertEqual(problems(self.events), [])
        done = [event.path for event in self.events if event.kind == "done"]
        expected = ["create", "open", "set", "set", "set", "rotate", "rekey", "close"]
        self.assertEqual(done, expected)

    def test_each_synchronisation_counts(self) -> None:
        """Without any one of them up to the last change, something is relied upon too early.

        But for those of SQLite itself, which may be more than it needs.
        """
        last = self.events.index(Event("done", "rekey"))
        ours = needed = 0
        for at, event in enumerate(self.events[:last]):
            if event.kind == "synced":
                noticed = bool(problems(self.events[:at] + self.events[at + 1 :]))
                needed += noticed
                if "/data" not in event.path:
                    ours += 1
                    self.assertTrue(noticed, event)
        self.assertGreaterEqual(ours, 2 * 8)
        self.assertGreaterEqual(needed - ours, 6)  # a commit each: its log
