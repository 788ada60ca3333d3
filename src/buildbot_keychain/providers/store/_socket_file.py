"""The unix socket on which a process listens: a file that nobody else can open or replace. Blocks.

It is in a directory of mode 0700, and has the mode 0600. That of a process that was killed is
replaced; one on which somebody listens is not, and nothing else is ever.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildbot_keychain.errors import StoreConflict, StoreError
from buildbot_keychain.store.private_files import open_private

LONGEST_PATH = 107
"""Bytes (unix(7))."""

_BACKLOG = 128
_WAIT = 5.0
"""Seconds for somebody who listens to take a connection."""


class SocketFile:
    """A socket that listens, until `remove`.

    :param path: its file; the directory is made where there is none, if the one above it is ours.
    :raise StoreConflict: when somebody listens there.
    :raise StoreError: when there is something else, or it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _errors(path):
            _make_directory(path.parent)
            with open_private(path.parent) as directory, directory.locked():
                _remove_stale(path)
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    self.socket.setblocking(False)  # noqa: FBT003 - the method of the library
                    self.socket.bind(str(path))
                    path.chmod(0o600)
                    self._identity = _identity(path)
                    self.socket.listen(_BACKLOG)
                except OSError:
                    self.socket.close()
                    raise

    def remove(self) -> None:
        """Remove its file if it is still there, and close it.

        Nobody replaces the file of a socket that is open, and no other has its inode.
        """
        if self.socket.fileno() >= 0 and _identity(self._path) == self._identity:
            self._path.unlink(missing_ok=True)
        self.socket.close()


def problem(path: Path) -> str | None:
    """Return why a socket cannot be made there, as a sentence, as far as that can be known before.

    A relative path is below a directory that is not known yet.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return "socket needs Linux, which tells who connects; leave it out"
    if not path.is_absolute():
        return None
    try:
        _require_short(path)
        if path.parent.exists():
            with open_private(path.parent):
                pass
        else:
            _require_makeable(path.parent)
    except StoreError as error:
        return f"socket: {error}"
    return None


def _require_short(path: Path) -> None:
    if len(os.fsencode(path)) > LONGEST_PATH:
        msg = f"the path {path} is longer than that of a socket can be: set socket to a shorter one"
        raise StoreError(msg)


def _make_directory(path: Path) -> None:
    if not path.exists():
        _require_makeable(path)
        path.mkdir(mode=0o700, exist_ok=True)


def _require_makeable(path: Path) -> None:
    """Check that a directory may be made: whoever made it in that of another could leave it there.

    :raise StoreError: when it may not.
    """
    try:
        owner = path.parent.stat().st_uid
    except OSError as error:
        msg = f"there is no directory {path}; make it, or name another"
        raise StoreError(msg) from error
    if owner != os.geteuid():
        msg = (
            f"there is no directory {path}, and none is made in {path.parent}, which belongs to "
            f"another user; make it, with the mode 700"
        )
        raise StoreError(msg)


def _identity(path: Path) -> object:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remove_stale(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
        msg = f"{path} is not a socket of this user, and is not replaced; move it, or name another"
        raise StoreError(msg)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_WAIT)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    msg = f"another process listens on {path}"
    raise StoreConflict(msg)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    _require_short(path)
    try:
        yield
    except OSError as error:
        msg = f"cannot listen on {path}: {error.strerror or error}"
        raise StoreError(msg) from error
