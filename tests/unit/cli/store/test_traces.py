"""No command leaves a value where others find it: `strace` sees all of them, and their children."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.store import COMMANDS
from tests.support.password_store.real_stores import require_programs
from tests.support.traced_commands import CANARIES, VALUE, script

ROOT = Path(__file__).parents[4]
CALLS = (
    "execve,execveat,openat,prlimit64,rename,renameat2,write,pwrite64,writev,pwritev,sendto,sendmsg"
)

_FILE = re.compile(r"\w+\(\d+<([^>]*)>")
_NO_CORE_DUMP = re.compile(r"(\d+) +prlimit64\(0, RLIMIT_CORE, \{rlim_cur=[01], ")
_STARTED = re.compile(r"execve\(\"([^\"]*)\", \[(.*?)\], (\[.*\])\) = ")


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
        trace = self.base.with_suffix(".trace")
        self.addCleanup(trace.unlink, missing_ok=True)
        done = subprocess.run(
            [
                *("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-v", "-s", "4000000"),
                *("-e", f"trace={CALLS}", "-o", str(trace)),
                *(sys.executable, "-m", "tests.support.traced_commands", str(self.base)),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        ends = {line for line in done.stdout.splitlines() if not line.endswith(" 0")}
        self.assertEqual(ends, {"diff 1"}, (self.base / "messages").read_text())
        lines = trace.read_text("utf-8", "backslashreplace").splitlines()
        self.check(lines)
        without_dumps = {found[1] for line in lines if (found := _NO_CORE_DUMP.match(line))}
        self.assertEqual(len(without_dumps), len(script(self.base)), "one process for each command")
        files = {
            str(path.relative_to(self.base))
            for path in self.base.rglob("*")
            if path.is_file() and any(one.encode() in path.read_bytes() for one in CANARIES)
        }
        self.assertEqual(files, {"settings.env", "edited"})  # where they came from

    def check(self, lines: list[str]) -> None:
        """Check who was given a value, and where one was written to."""
        written: set[str] = set()
        given: list[str] = []
        started = 0
        for line in lines:
            call = line.partition(" ")[2].strip()
            if "execve(" in call:
                started += 1
            if not any(canary in call for canary in CANARIES):
                continue
            program = _STARTED.match(call)
            if program is not None:
                self.assertFalse(any(one in program[2] for one in CANARIES), "an argument")
                given.append(program[1])
                continue
            file = _FILE.match(call)
            assert file is not None, call[:40]
            written.add(file[1])
        self.assertGreater(started, 4)
        # The command of `run`, and what it starts itself.
        self.assertEqual({Path(one).name for one in given}, {"sh", "cat"})
        allowed = ("pipe:", "/dev/shm/buildbot-keychain-", os.environ.get("XDG_RUNTIME_DIR", "?"))
        prepared = {str(self.base / name) for name in ("settings.env", "edited")}
        elsewhere = {one for one in written if not one.startswith(allowed)}
        self.assertEqual(elsewhere, prepared)
        self.assertIn("pipe:", {one[:5] for one in written})
        self.assertTrue(any("/buildbot-keychain-" in one for one in written), "no file in memory")
        self.assertTrue(any(f'"{VALUE}' in line for line in lines), "the trace shows values")
