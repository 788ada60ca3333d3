"""The command ``buildbot-keychain``, run in a process of its own or in that of the test."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.main import main

COMMAND = (
    sys.executable,
    "-c",
    "import sys; from buildbot_keychain.cli.main import main; sys.exit(main())",
)


@dataclass(frozen=True)
class Ended:
    """Its exit status and output, which is not shown: if the command is wrong, it has a secret."""

    status: int
    out: str = field(repr=False)
    err: str = field(repr=False)


def run(
    *arguments: str | Path,
    text: bytes = b"",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run the command in a process, with `text` on its standard input."""
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


def run_unread(*arguments: str | Path, cwd: Path) -> Ended:
    """Run the command in a process whose standard output is closed at the other end."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=300,
        check=False,
    )
    os.close(writing)
    return Ended(done.returncode, "", done.stderr.decode("utf-8", "surrogateescape"))


def run_here(*arguments: str | Path) -> Ended:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([*map(str, arguments)])
        except SystemExit as error:
            status = int(error.code or 0)
    return Ended(status, out.getvalue(), err.getvalue())


class SecretFilesTestCase(SynchronousTestCase):
    """A directory for the secrets and other files of a test."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir(mode=0o700)

    def secret(self, name: str, value: str, mode: int = 0o600) -> str:
        """Write a secret to a file, and return what follows ``--file``."""
        path = self.directory / name
        path.write_text(value, encoding="utf-8")
        path.chmod(mode)
        return f"{name}={path}"

    def assertMessage(self, ended: Ended, status: int, text: str) -> None:
        """Fail if the command printed something else than one message with `text`."""
        self.assertEqual((ended.status, ended.out), (status, ""))
        (line,) = ended.err.splitlines()
        self.assertRegex(line, r"^buildbot-keychain: [^A-Z].*[^.]$")
        self.assertIn(text, line)
