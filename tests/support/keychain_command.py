"""The command ``buildbot-keychain`` as a process of its own, as a terminal would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = (
    sys.executable,
    "-c",
    "import sys; from buildbot_keychain.cli.main import main; sys.exit(main())",
)


@dataclass(frozen=True)
class Ended:
    """How it ended; what it printed may hold a secret if it is wrong, and is not shown."""

    status: int
    out: str = field(repr=False)
    err: str = field(repr=False)


def run(
    *arguments: str | Path,
    text: bytes = b"",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run the command to its end, with `text` on its standard input."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=text,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        timeout=300,
        check=False,
    )
    out, err = (data.decode("utf-8", "surrogateescape") for data in (done.stdout, done.stderr))
    return Ended(done.returncode, out, err)
