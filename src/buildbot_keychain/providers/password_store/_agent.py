"""`Agent`: a gpg-agent and how to reach it; `PrivateAgent`: one that is started and ended here.

A private agent works in a temporary directory with links to the contents of the configured home.
So it never meets an agent of the configured home, which may be read-only and have a path that is
longer than a socket's can be (unix(7): 108 bytes). It caches no passphrase. It ends when it is
closed, when this process ends, and some seconds after this process was killed.
"""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import weakref
from contextlib import suppress
from typing import NamedTuple

from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._processes import Process, Supervisor, kill, start

GREETING_TIMEOUT = 10.0
"""Seconds to wait for an agent's greeting; one that unlocks keys may be busy for some of them."""

_LONGEST_BUSY = 4.0
_END_TIMEOUT = 3.0
_SOCKET = "S.gpg-agent"
_LONGEST_SOCKET = 100  # bytes; the limit of macOS is 104 with the terminator
_PREFIX = "keychain-gpg-"
# Not linked: sockets, locks, backups, and the agent's configuration (which may have it log).
_NOT_LINKED = ("S.", ".#", "gpg-agent.conf", "random_seed", "trustdb.gpg", _PREFIX)
# The agent's parent. It reports that the agent listens, and leaves that pipe to the agent alone:
# the pipe closes when the agent ends. When nobody holds the parent's own input any more, it removes
# the directories that the agent works in and ends, and so does the agent.
_PARENT = ("sh", "-c", 'echo; exec >/dev/null; cat; rm -rf -- "$@"', "sh")


class Agent(NamedTuple):
    """A GnuPG home and the socket on which its agent listens, if it runs.

    :param home: the directory that gpg works in.
    :param socket_path: where the agent listens.
    """

    home: str
    socket_path: str

    @property
    def directories(self) -> list[str]:
        """The directories that exist for this home alone.

        Where there is a /run/user, the socket is in a directory there, named for the home.
        """
        sockets = os.path.dirname(self.socket_path)
        own = os.path.basename(sockets).startswith("d.")
        return [self.home, sockets] if own else [self.home]

    def answers(self, timeout: float = GREETING_TIMEOUT) -> bool:
        """Return whether the agent greets a client within `timeout` seconds.

        An agent that unlocks keys is busy for seconds: when `timeout` is too short to tell, it
        counts as one that answers.
        """
        try:
            with self.connect(timeout) as connection:
                greeting = connection.recv(2)
        except TimeoutError:
            return timeout < _LONGEST_BUSY
        except OSError:  # also for a path that is too long for a socket
            return False
        return greeting == b"OK"

    def connect(self, timeout: float) -> socket.socket:
        """Connect to the agent.

        :param timeout: seconds that each operation on the connection may take.
        :raise OSError: when nothing listens there.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(max(timeout, 0.01))
            connection.connect(self.socket_path)
        except OSError:
            connection.close()
            raise
        return connection


def find_agent(home: str, supervisor: Supervisor) -> Agent:
    """Return the agent of `home`, which need not run.

    :raise GpgError: when gpgconf cannot be run.
    """
    command = ["gpgconf", "--homedir", home, "--list-dirs", "agent-socket"]
    out, _ = _start("gpgconf", command, supervisor).communicate()
    return Agent(home, os.fsdecode(out.rstrip(b"\n")))


class PrivateAgent:
    """A running agent of our own, in a temporary directory with links to the contents of `home`.

    :param home: the configured home.
    :param supervisor: supervises what is run to start the agent.
    :raise GpgError: when the agent cannot be started.

    ``close`` ends the agent, waits for its end and removes the directory. It is called when the
    object is deleted and when the interpreter exits, if nobody has called it.
    """

    def __init__(self, home: str, supervisor: Supervisor) -> None:
        self._home = os.path.abspath(home)
        self._linked_at: int | None = None
        self._directory = _short_directory()
        self._parent: Process | None = None
        self.close = weakref.finalize(self, _end, self._directory, None, None)
        try:
            self.update_links()
            self.agent = find_agent(self._directory, supervisor)
            self._start(supervisor)
        except BaseException:
            self.close()
            raise

    def update_links(self) -> None:
        """Link what has been added to the home since the last call."""
        changed = os.stat(self._home).st_mtime_ns
        if changed == self._linked_at:
            return
        for name in os.listdir(self._home):
            link = os.path.join(self._directory, name)
            if name.startswith(_NOT_LINKED) or name.endswith(("~", ".lock")):
                continue
            if os.path.lexists(link) and not os.path.islink(link):
                # gpg and its agent create an empty file where there is none.
                os.rename(link, f"{link}~")
            with suppress(FileExistsError):
                os.symlink(os.path.join(self._home, name), link)
        self._linked_at = changed

    def kill(self) -> None:
        """End an agent that does not answer."""
        if self._parent is not None:
            kill(self._parent)
        self.close()

    def _start(self, supervisor: Supervisor) -> None:
        command = ["gpg-agent", "--homedir", self._directory, "--daemon", "--no-detach", "--quiet"]
        command += ["--default-cache-ttl", "0", "--max-cache-ttl", "0", "--", *_PARENT]
        command += self.agent.directories
        parent = _start("gpg-agent", command, supervisor, stderr=subprocess.DEVNULL)
        if parent.stdout is None or not parent.stdout.readline():
            msg = f"gpg-agent does not start; to see why, run: gpg-agent --homedir {self._home} "
            raise GpgError(f"{msg}--daemon")
        supervisor.release(parent)
        self._parent = parent
        self.close.detach()
        self.close = weakref.finalize(self, _end, self._directory, self.agent, parent)


def _start(
    program: str, command: list[str], supervisor: Supervisor, *, stderr: int = subprocess.PIPE
) -> Process:
    try:
        return supervisor.add(start(command, stderr=stderr))
    except OSError as error:
        msg = f"{program} cannot be run ({error.strerror}); install GnuPG 2.1 or newer"
        raise GpgError(msg) from error


def _end(directory: str, agent: Agent | None, parent: Process | None) -> None:
    """End `agent`, wait for it and for its parent, and remove `directory`."""
    if agent is not None and parent is not None:
        with suppress(OSError), agent.connect(_END_TIMEOUT) as connection:
            connection.sendall(b"KILLAGENT\n")
            while connection.recv(256):  # an agent ignores a client that leaves before the answer
                pass
        _wait(parent)
    for leftover in agent.directories if agent is not None else [directory]:
        shutil.rmtree(leftover, ignore_errors=True)


def _wait(parent: Process) -> None:
    """Wait for an agent and for its parent; kill both when that takes long."""
    if parent.stdin is None or parent.stdout is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(parent.stdout, selectors.EVENT_READ)
        if not selector.select(_END_TIMEOUT):  # the pipe is open: the agent still runs
            kill(parent)
    parent.stdout.close()
    parent.stdin.close()
    parent.wait()


def _short_directory() -> str:
    """Create a temporary directory whose path leaves room for the name of a socket."""
    places = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp")  # noqa: S108
    for place in places:
        room = _LONGEST_SOCKET - len(os.fsencode(f"{place}/{_PREFIX}12345678/{_SOCKET}"))
        if os.path.isabs(place) and os.access(place, os.W_OK | os.X_OK) and room > 0:
            return tempfile.mkdtemp(prefix=_PREFIX, dir=place)
    raise GpgError(
        "there is no writable directory with a short path for temporary files; set TMPDIR to one"
    )
