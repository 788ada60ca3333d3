"""The two processes of the demo, a master and a worker, created and started as users do.

`Process` owns one of them from start to end. Its output goes to a file next to its directory, which
is searched like everything else.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

TIMEOUT = 60.0
"""Seconds that a process may take to be ready, and to end."""


class DemoError(Exception):
    """The demo itself failed; the message says what to look at."""


class Process:
    """A master or a worker in `directory`.

    :param command: Buildbot's program, ``buildbot`` or ``buildbot-worker``.
    """

    def __init__(self, command: str, directory: Path) -> None:
        self.directory = directory
        self.output = directory.with_suffix(".output")
        self._command = program(command)
        self._process: subprocess.Popen[bytes] | None = None

    def create(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start to create its directory; `wait_until_created` waits for that."""
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [self._command, *arguments], stdout=output, stderr=subprocess.STDOUT
            )

    def wait_until_created(self, creating: subprocess.Popen[bytes]) -> None:
        """Wait until its directory is created.

        :raise DemoError: if that fails.
        """
        if creating.wait(TIMEOUT) != 0:
            raise DemoError(f"cannot create the {self.directory.name}:\n{self.output.read_text()}")

    def start(self, ready: str) -> None:
        """Start it, and wait until its log contains `ready`.

        :raise DemoError: if it ends before that, or takes too long.
        """
        with self.output.open("ab") as output:
            # In its own session, so that ctrl-C reaches only the demo, which then stops it.
            self._process = subprocess.Popen(
                [self._command, "start", "--nodaemon", str(self.directory)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + TIMEOUT
        while ready not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = (self.log or self.output.read_text())[-2000:]
                raise DemoError(f"the {self.directory.name} did not start:\n{tail}")
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """The content of its ``twistd.log``."""
        path = self.directory / "twistd.log"
        return path.read_text("utf-8", "backslashreplace") if path.exists() else ""

    def stop(self) -> None:
        """Stop it as the system does at shutdown; do nothing if it is not running."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(name: str) -> str:
    """Return the path of a program of this Python environment.

    :raise DemoError: if it is not installed.
    """
    sibling = Path(sys.executable).with_name(name)
    path = str(sibling) if sibling.exists() else shutil.which(name)
    if path is None:
        raise DemoError(f"{name} is not installed: start the demo with `make demo`")
    return path


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface on which nothing is listening."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports
