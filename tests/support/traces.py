"""`trace`: what the commands of a store do, as the kernel sees it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLS = (
    "execve,execveat,openat,prlimit64,rename,renameat2,write,pwrite64,writev,pwritev,sendto,sendmsg"
)

_FILE = re.compile(r"\w+\(\d+<([^>]*)>")
_NO_CORE_DUMP = re.compile(r"(\d+) +prlimit64\(0, RLIMIT_CORE, \{rlim_cur=[01], ")
_STARTED = re.compile(r"execve\(\"([^\"]*)\", \[(.*?)\], (\[.*\])\) = ")


@dataclass(frozen=True)
class Trace:
    """What `strace` wrote of `tests.support.traced_commands`, and of its children.

    :ivar ends: the names of commands, each with its status.
    """

    ends: Sequence[str]
    lines: Sequence[str]

    @property
    def started(self) -> int:
        """How many programs were started."""
        return sum("execve(" in _call(line) for line in self.lines)

    @property
    def without_dumps(self) -> int:
        """How many processes had said that they leave no core dump."""
        return len({found[1] for line in self.lines if (found := _NO_CORE_DUMP.match(line))})

    def given(self, canaries: Iterable[str]) -> list[str]:
        """Return the programs that got one of some texts in their environment.

        :raise AssertionError: when one got it as an argument.
        """
        programs = []
        for call in self._calls(canaries):
            program = _STARTED.match(call)
            if program is not None:
                assert not any(one in program[2] for one in canaries), "an argument"
                programs.append(program[1])
        return programs

    def written(self, canaries: Iterable[str]) -> set[str]:
        """Return the files to which one of some texts was written, as `strace` shows them."""
        files = set()
        for call in self._calls(canaries):
            if _STARTED.match(call) is None:
                file = _FILE.match(call)
                assert file is not None, call[:40]
                files.add(file[1])
        return files

    def _calls(self, canaries: Iterable[str]) -> list[str]:
        return [c for line in self.lines if any(one in (c := _call(line)) for one in canaries)]


def _call(line: str) -> str:
    return line.partition(" ")[2].strip()


def trace(base: Path, *words: str) -> Trace:
    """Run `tests.support.traced_commands`.

    :param words: its arguments behind the directory.
    :raise AssertionError: when it fails.
    """
    file = base.with_suffix(".trace")
    try:
        done = subprocess.run(
            [
                *("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-v", "-s", "4000000"),
                *("-e", f"trace={CALLS}", "-o", str(file)),
                *(sys.executable, "-m", "tests.support.traced_commands", str(base), *words),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert (done.stderr, done.returncode) == ("", 0), done.stderr
        return Trace(
            done.stdout.splitlines(), file.read_text("utf-8", "backslashreplace").splitlines()
        )
    finally:
        file.unlink(missing_ok=True)


def files_with(base: Path, canaries: Iterable[str]) -> set[str]:
    """Return the files below a directory that hold one of some texts, by their paths in it."""
    return {
        str(path.relative_to(base))
        for path in base.rglob("*")
        if path.is_file() and any(one.encode() in path.read_bytes() for one in canaries)
    }
