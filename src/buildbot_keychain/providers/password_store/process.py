"""Programs that end in time: each in a process group of its own, killed with all that it started.

A `Watch` keeps one deadline for the programs that it is shown; `Watches` has all that are open, so
that a provider which stops can end them at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from time import monotonic
from types import TracebackType

# What gpg and its agent need of the environment. An agent outlives the call that starts it, so
# it is not given whatever else a master's environment holds.
_INHERITED = ("HOME", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "USER", "XDG_RUNTIME_DIR")

Process = subprocess.Popen[bytes]


def environment() -> dict[str, str]:
    """Give the environment for gpg and its agent."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def start(arguments: list[str], *, stderr: int = subprocess.PIPE) -> Process:
    """Start a program with pipes, in a process group of its own.

    :raise OSError: when there is no such program.
    """
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603 - gpg, gpgconf and gpg-agent, without a shell
        arguments,
        stdin=pipe,
        stdout=pipe,
        stderr=stderr,
        env=environment(),
        start_new_session=True,
    )


def kill(process: Process) -> None:
    """Kill a program that `start` started, and what it started, unless it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


class Watch:
    """Ends the programs that it is shown when it is time, and at the latest when it is left.

    :param watches: where it is listed as long as it is open.
    :param expires: when it is time, in seconds of ``time.monotonic``.
    """

    def __init__(self, watches: Watches, expires: float) -> None:
        self.expires = expires
        self.killed = False
        self.stopped = False
        self._watches = watches
        self._processes: list[Process] = []
        self._timer = threading.Timer(max(0, expires - monotonic()), self.kill)
        self._timer.daemon = True

    def __enter__(self) -> Watch:  # noqa: PYI034 - typing has Self from Python 3.11 on
        """Begin; the time runs.

        :raise Stopped: when no more program is to start.
        """
        self._watches.add(self)
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End whatever runs still, and wait for it."""
        self._timer.cancel()
        self._watches.discard(self)
        for process in self._processes:
            kill(process)
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):  # nobody reads what was to be written
                    if pipe is not None:
                        pipe.close()

    def over(self, process: Process) -> Process:
        """Watch `process` too."""
        self._processes.append(process)
        if self.killed:
            kill(process)
        return process

    def release(self, process: Process) -> None:
        """Watch `process` no more."""
        self._processes.remove(process)

    def kill(self) -> None:
        """End them now."""
        self.killed = True
        for process in list(self._processes):
            kill(process)


class Stopped(Exception):
    """No more program is to start."""


class Watches:
    """The watches that are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[Watch] | None = set()

    def add(self, watch: Watch) -> None:
        """List `watch`."""
        with self._lock:
            if self._open is None:
                raise Stopped
            self._open.add(watch)

    def discard(self, watch: Watch) -> None:
        """List `watch` no more."""
        with self._lock:
            if self._open is not None:
                self._open.discard(watch)

    def stop(self) -> None:
        """Let no more program start, and kill those that run."""
        with self._lock:
            watches, self._open = self._open or (), None
        for watch in watches:
            watch.stopped = True
            watch.kill()
