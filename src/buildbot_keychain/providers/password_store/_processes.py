"""`Supervisor`: programs that are killed at a deadline, with everything that they started.

Each program runs in a process group of its own, which is killed as a whole. A `Supervisor` keeps
one deadline for the programs of one call; `Supervisors` lists those in use, so that a provider that
stops can kill all programs at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from time import monotonic
from types import TracebackType

from buildbot_keychain.providers.password_store._errors import GpgStopped, GpgTimeout

# What gpg and its agent need of the environment. An agent outlives the call that starts it, so it
# must not see whatever else a master's environment holds.
_INHERITED = ("HOME", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "USER", "XDG_RUNTIME_DIR")

Process = subprocess.Popen[bytes]


def environment() -> dict[str, str]:
    """Return the environment for gpg and its agent."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def start(arguments: list[str], *, stderr: int = subprocess.PIPE) -> Process:
    """Start a program with pipes, in a process group of its own.

    :raise OSError: when the program is not installed.
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


class Supervisor:
    """A context manager that kills its programs at a deadline, and at the latest on exit.

    :param supervisors: lists it while it is in use.
    :param expires: the deadline, in seconds of ``time.monotonic``.
    """

    def __init__(self, supervisors: Supervisors, expires: float) -> None:
        self.expires = expires
        self._killed = False
        self._stopped = False
        self._supervisors = supervisors
        self._processes: list[Process] = []
        self._timer = threading.Timer(max(0, expires - monotonic()), self.kill)
        self._timer.daemon = True

    def __enter__(self) -> Supervisor:  # noqa: PYI034 - typing has Self from Python 3.11 on
        """Start the clock.

        :raise GpgStopped: when no program may start any more.
        """
        self._supervisors.add(self)
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill whatever still runs, and wait for it."""
        self._timer.cancel()
        self._supervisors.discard(self)
        for process in self._processes:
            kill(process)
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):  # nobody reads what was to be written
                    if pipe is not None:
                        pipe.close()

    def add(self, process: Process) -> Process:
        """Supervise `process`, and return it."""
        self._processes.append(process)
        if self._killed:
            kill(process)
        return process

    def release(self, process: Process) -> None:
        """Stop supervising `process`."""
        self._processes.remove(process)

    def kill(self) -> None:
        """Kill all programs now."""
        self._killed = True
        for process in list(self._processes):
            kill(process)

    def stop(self) -> None:
        """Kill all programs now, because the provider stops."""
        self._stopped = True
        self.kill()

    def check(self) -> None:
        """Raise when the programs have been killed, so that what they returned means nothing.

        :raise GpgStopped: when the provider was stopped.
        :raise GpgTimeout: when the deadline had passed.
        """
        if self._stopped:
            raise GpgStopped
        if self._killed:
            raise GpgTimeout


class Supervisors:
    """The supervisors in use. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: set[Supervisor] | None = set()

    def add(self, supervisor: Supervisor) -> None:
        """List `supervisor`.

        :raise GpgStopped: after `stop`.
        """
        with self._lock:
            if self._used is None:
                raise GpgStopped
            self._used.add(supervisor)

    def discard(self, supervisor: Supervisor) -> None:
        """Remove `supervisor` from the list."""
        with self._lock:
            if self._used is not None:
                self._used.discard(supervisor)

    def stop(self) -> None:
        """Kill all running programs, and let no other start."""
        with self._lock:
            supervisors, self._used = self._used or (), None
        for supervisor in supervisors:
            supervisor.stop()
