"""The two processes of the demo: a master and a worker, made and started as anybody would.

`Process` owns one of them from its start to its end; what it prints goes to a file beside its
directory, which is searched like everything else.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 60.0
"""Seconds in which a process has to be ready, and in which it has to end."""


class DemoError(Exception):
    """The demo itself did not work; says what to look at."""


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
        """Begin to make its directory; `wait_for` the result."""
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [self._command, *arguments], stdout=output, stderr=subprocess.STDOUT
            )

    def created(self, creating: subprocess.Popen[bytes]) -> None:
        """Wait until its directory is made.

        :raise DemoError: when it could not be made.
        """
        if creating.wait(PATIENCE) != 0:
            raise DemoError(f"could not make {self.directory.name}:\n{self.output.read_text()}")

    def start(self, ready: str) -> None:
        """Start it, and wait until its log says `ready`.

        :raise DemoError: when it ends before that, or takes too long.
        """
        with self.output.open("ab") as output:
            # In a session of its own, so that ctrl-C comes to us alone and we end it in order.
            self._process = subprocess.Popen(
                [self._command, "start", "--nodaemon", str(self.directory)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while ready not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = (self.log or self.output.read_text())[-2000:]
                raise DemoError(f"{self.directory.name} did not start:\n{tail}")
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """Its whole ``twistd.log``."""
        path = self.directory / "twistd.log"
        return path.read_text("utf-8", "backslashreplace") if path.exists() else ""

    def stop(self) -> None:
        """End it, as the system does at shutdown; the second time nothing happens."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(name: str) -> str:
    """Give the path of a program of this Python environment.

    :raise DemoError: when it is not installed.
    """
    beside = Path(sys.executable).with_name(name)
    path = str(beside) if beside.exists() else shutil.which(name)
    if path is None:
        raise DemoError(f"{name} is not installed; start the demo with `make demo`")
    return path


def free_ports(count: int) -> list[int]:
    """Give ports of the loopback interface on which nobody listens just now."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports
