"""`AtTerminal`: a program at a pseudo-terminal that is its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_LOCAL_FLAGS = 3
_DEADLINE = 120
"""Seconds, of which none is waited for in vain."""


class AtTerminal:
    """A program, whose three standard streams and controlling terminal are the same terminal.

    It is started by setsid(1), which makes the terminal that of its session.

    :param command: its path and arguments.
    :ivar pid: its process.
    :ivar shown: what the terminal has shown.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.shown = b""
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *command], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        self.pid = self._process.pid

    def wait_for(self, text: bytes) -> None:
        """Wait until the terminal shows a text."""
        deadline = time.monotonic() + _DEADLINE
        while text not in self.shown:
            if not self._read(deadline):
                msg = f"the command ended before it showed {text!r}"
                raise AssertionError(msg)

    def type(self, text: str) -> None:
        """Type something; ``\\x03`` is Ctrl-C."""
        os.write(self._master, text.encode())

    def has_echo(self) -> bool:
        """Return whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._master)[_LOCAL_FLAGS] & termios.ECHO)

    def files(self) -> dict[str, bytes]:
        """Return what other users and root can read of the process in ``/proc``."""
        directory = Path("/proc", str(self.pid))
        return {name: (directory / name).read_bytes() for name in ("cmdline", "environ")}

    def end(self) -> int:
        """Wait for its end, and return its status; that of a signal is negative."""
        deadline = time.monotonic() + _DEADLINE
        while self._read(deadline):
            pass
        return self._process.wait()

    def close(self) -> None:
        """End it if it has not, and close the terminal."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def _read(self, deadline: float) -> bool:
        """Read what is shown; return whether there may be more."""
        ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError("the command shows nothing more, and does not end")
        try:
            new = os.read(self._master, 1 << 16)
        except OSError:  # the other end was closed, pty(7)
            return False
        self.shown += new
        return bool(new)
