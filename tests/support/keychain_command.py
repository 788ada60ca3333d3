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
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.main import main
from tests.support.forked_commands import ForkedCommands

COMMAND = (
    sys.executable,
    "-c",
    "import sys; from buildbot_keychain.cli.main import main; sys.exit(main())",
)

_forked = ForkedCommands()


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
    words, directory = [*map(str, arguments)], cwd or Path.cwd()
    variables = {**os.environ, **(environment or {})}
    # An interpreter reads these when it starts.
    if any(name.startswith("PYTHON") for name in environment or ()):
        done = subprocess.run(
            [*COMMAND, *words],
            input=text,
            cwd=directory,
            env=variables,
            capture_output=True,
            timeout=300,
            check=False,
        )
        status, out, err = done.returncode, done.stdout, done.stderr
    else:
        status, out, err = _forked.run(words, directory, variables, text)
    return Ended(status, *(data.decode("utf-8", "surrogateescape") for data in (out, err)))


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


class _Stream(io.TextIOWrapper):
    """A standard stream, which is a terminal or is not."""

    def __init__(self, content: bytes = b"", *, is_terminal: bool = False) -> None:
        self.content = io.BytesIO(content)
        self._is_terminal = is_terminal
        super().__init__(self.content, "utf-8", "surrogateescape", write_through=True)

    def isatty(self) -> bool:
        return self._is_terminal

    def text(self) -> str:
        return self.content.getvalue().decode("utf-8", "surrogateescape")


def run_here(*arguments: str | Path, text: bytes = b"", at_terminal: bool = False) -> Ended:
    """Run the command in this process.

    :param text: its standard input.
    :param at_terminal: whether its standard input and output claim to be a terminal.
    """
    source = _Stream(text, is_terminal=at_terminal)
    out, err = _Stream(is_terminal=at_terminal), _Stream()
    with (
        mock.patch("sys.stdin", source),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = main([*map(str, arguments)])
        except SystemExit as error:
            status = int(error.code or 0)
    return Ended(status, out.text(), err.text())


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
