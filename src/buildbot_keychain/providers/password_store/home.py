"""`Home`: the directory that gpg works in, with an agent that answers there.

Which agent, so that none is left behind and nobody's own is ever stopped:

1. Without a passphrase, the agent that runs for the configured home, if one does: it may hold keys
   that somebody has unlocked. It is left as it is.
2. Otherwise an agent of our own. It works in a directory of ours with links to what is in the
   configured home, so the two never meet, the configured home may be read-only, and its path may
   be longer than a socket's can be (unix(7): 108 bytes). It remembers no passphrase, and ends when
   we close it, when this process ends, and some seconds after this process was killed.

At most one agent is started for each `Home`, however many ask at once.
"""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import threading
import weakref
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from buildbot_keychain.providers.password_store.process import Process, Watch, kill, start

_SOCKET = "S.gpg-agent"
_LONGEST_SOCKET = 100  # bytes; 104 on macOS, with its end
_PREFIX = "keychain-gpg-"
_GREETING = 10.0
_LONGEST_BUSY = 4.0
_FAREWELL = 3.0
# Not to be linked: sockets, locks, backups, and what an agent is set up with (it may log).
_NOT_LINKED = ("S.", ".#", "gpg-agent.conf", "random_seed", "trustdb.gpg", _PREFIX)
# The agent's parent: it says when the agent listens, and leaves the pipe to it; waits for the agent
# when that ends; and when nobody holds its own input any more, it removes what the agent works in,
# and ends, and so does the agent.
_PARENT = ("sh", "-c", 'echo; exec >/dev/null; cat; rm -rf -- "$@"', "sh")


class HomeUnusable(Exception):
    """There is no home or no agent to work with; says why and what to do."""


class Place(NamedTuple):
    """Where gpg is to work: a home, and the socket of the agent there."""

    directory: str
    agent: str

    @property
    def directories(self) -> list[str]:
        """What is there for this home alone: with a /run/user, sockets are in a directory there."""
        sockets = os.path.dirname(self.agent)
        own = os.path.basename(sockets).startswith("d.")  # named for a hash of the home
        return [self.directory, sockets] if own else [self.directory]

    def has_agent(self, patience: float = _GREETING) -> bool:
        """Tell whether an agent greets who connects, within `patience` seconds.

        One that unlocks keys is busy for seconds: where there is no time to wait for it, it counts
        as one that does.
        """
        try:
            with self.connected(patience) as connection:
                greeting = connection.recv(2)
        except TimeoutError:
            return patience < _LONGEST_BUSY
        except OSError:  # of a path that is too long for a socket too
            return False
        return greeting == b"OK"

    def connected(self, patience: float) -> socket.socket:
        """Connect to the agent, to wait for at most `patience` seconds each time.

        :raise OSError: when nothing listens there.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(max(patience, 0.01))
            connection.connect(self.agent)
        except OSError:
            connection.close()
            raise
        return connection


class Home:
    """The home `path` of GnuPG, for programs that run here.

    :param path: the configured home.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._configured: Place | None = None
        self._private: _PrivateHome | None = None
        self._closed = False
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise `HomeUnusable` when there is no such home."""
        if not os.path.isdir(self.path):
            msg = f"the GnuPG home {self.path} is no directory; create it or correct gnupg_home"
            raise HomeUnusable(msg)

    def place(self, watch: Watch, *, of_our_own: bool) -> Place:
        """Give where gpg is to work: an agent answers there.

        :param watch: ends what has to be started for it.
        :param of_our_own: whether the agent must be ours.
        :raise HomeUnusable: when there is no such home, or no agent can be started.
        """
        self.check()
        patience = min(_GREETING, max(0, watch.expires - monotonic()) / 2)
        with self._lock:
            if not of_our_own:
                self._configured = self._configured or _place(self.path, watch)
                if self._configured.has_agent(patience):
                    return self._configured
            if self._closed:
                raise HomeUnusable("it has been stopped; start it again")
            if self._private is None or not self._private.place.has_agent(patience):
                if self._private is not None:
                    self._private.abandon()
                self._private = _PrivateHome(self.path, watch)
            self._private.link()
            return self._private.place

    def close(self) -> None:
        """End the agent of our own, and wait until it has."""
        with self._lock:
            self._closed = True
            if self._private is not None:
                self._private.close()


class _PrivateHome:
    """A directory of ours with links to what is in a home, and an agent that we started there."""

    def __init__(self, home: str, watch: Watch) -> None:
        self._home = os.path.abspath(home)
        self._linked_at: int | None = None
        self._directory = _short_directory()
        self._process: Process | None = None
        self.close = weakref.finalize(self, _end, self._directory, None, None)
        try:
            self.link()
            self.place = _place(self._directory, watch)
            self._start(watch)
        except BaseException:
            self.close()
            raise

    def link(self) -> None:
        """Link what has come into the home since the last time."""
        changed = os.stat(self._home).st_mtime_ns
        if changed == self._linked_at:
            return
        for name in os.listdir(self._home):
            link = os.path.join(self._directory, name)
            if name.startswith(_NOT_LINKED) or name.endswith(("~", ".lock")):
                continue
            if os.path.lexists(link) and not os.path.islink(link):
                # gpg and its agent make an empty one where there is none.
                os.rename(link, f"{link}~")
            with suppress(FileExistsError):
                os.symlink(os.path.join(self._home, name), link)
        self._linked_at = changed

    def abandon(self) -> None:
        """End an agent that does not answer."""
        if self._process is not None:
            kill(self._process)
        self.close()

    def _start(self, watch: Watch) -> None:
        agent = ["gpg-agent", "--homedir", self._directory, "--daemon", "--no-detach", "--quiet"]
        options = ["--default-cache-ttl", "0", "--max-cache-ttl", "0", "--", *_PARENT]
        options += self.place.directories
        try:
            process = watch.over(start([*agent, *options], stderr=subprocess.DEVNULL))
        except OSError as error:
            problem = f"gpg-agent cannot be run ({error.strerror}); install GnuPG 2.1 or newer"
        else:
            if process.stdout is not None and process.stdout.readline():
                watch.release(process)
                self._process = process
                self.close.detach()
                self.close = weakref.finalize(self, _end, self._directory, self.place, process)
                return
            problem = f"gpg-agent does not start; run: gpg-agent --homedir {self._home} --daemon"
        raise HomeUnusable(problem)


def _end(directory: str, place: Place | None, process: Process | None) -> None:
    """End the agent of `place`, whose parent is `process`, wait for both; remove `directory`."""
    if place is not None and process is not None:
        with suppress(OSError), place.connected(_FAREWELL) as connection:
            connection.sendall(b"KILLAGENT\n")
            while connection.recv(256):  # who leaves before its answer is not listened to
                pass
        _wait(process)
    for leftover in place.directories if place is not None else [directory]:
        shutil.rmtree(leftover, ignore_errors=True)


def _wait(process: Process) -> None:
    """Wait for an agent and for `process`, its parent; kill both when that takes long."""
    if process.stdin is None or process.stdout is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(_FAREWELL):  # the pipe is open: the agent is there
            kill(process)
    process.stdout.close()
    process.stdin.close()
    process.wait()


def _short_directory() -> str:
    """Make a directory of ours that a socket's path has room in."""
    places = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp")  # noqa: S108
    for place in places:
        room = _LONGEST_SOCKET - len(os.fsencode(f"{place}/{_PREFIX}12345678/{_SOCKET}"))
        if os.path.isabs(place) and os.access(place, os.W_OK | os.X_OK) and room > 0:
            return tempfile.mkdtemp(prefix=_PREFIX, dir=place)
    raise HomeUnusable("there is no directory for temporary files; set TMPDIR to one")


def _place(home: str, watch: Watch) -> Place:
    """Give `home` and the path of the socket of its agent, which need not exist."""
    try:
        process = watch.over(start(["gpgconf", "--homedir", home, "--list-dirs", "agent-socket"]))
    except OSError as error:
        msg = f"gpgconf cannot be run ({error.strerror}); install GnuPG 2.1 or newer"
    else:
        out, _ = process.communicate()
        return Place(home, os.fsdecode(out.rstrip(b"\n")))
    raise HomeUnusable(msg)
