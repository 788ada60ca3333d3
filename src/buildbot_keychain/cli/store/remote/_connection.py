"""A connection to a running master, whose socket is checked first. Blocks.

It is ours or root's, in a directory to which nobody else can write, and its owner or root listens.
Root may use that of anybody who could have put it there alone.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import stat
from pathlib import Path

from buildbot_keychain.actors import peer_of
from buildbot_keychain.errors import StoreError, StoreUnavailable

SILENCE = 60.0
"""Seconds; a master that works says so every few seconds."""

_OTHERS_WRITE = 0o022


class BusyError(StoreUnavailable):
    """The master has too many connections now."""


def listens(path: Path) -> bool:
    """Return whether a master listens on a socket."""
    try:
        connected(path).close()
    except BusyError:
        return True
    except StoreUnavailable:
        return False
    return True


def connected(path: Path) -> socket.socket:
    """Return a connection to whoever listens on a socket that can be trusted.

    :raise StoreUnavailable: when nobody does.
    :raise StoreError: when it cannot be trusted.
    """
    owner = _trusted_owner(path)
    with contextlib.ExitStack() as undo:
        connection = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        try:
            connection.settimeout(SILENCE)
            connection.connect(str(path))
            uid = peer_of(connection)
        except BlockingIOError as error:
            raise busy(path) from error
        except OSError as error:
            raise _nobody(path, error) from error
        if uid not in {owner, 0}:
            msg = f"the user {uid} listens on {path}, which belongs to {owner}; nothing was sent"
            raise StoreError(msg)
        undo.pop_all()
    return connection


def _trusted_owner(path: Path) -> int:
    """Return the user to whom a socket belongs."""
    us = os.geteuid()
    try:
        found, directory = path.lstat(), path.parent.stat()
    except OSError as error:
        raise _nobody(path, error) from error
    owner = found.st_uid
    if not stat.S_ISSOCK(found.st_mode):
        msg = f"{path} is not a socket; nothing was sent"
        raise StoreError(msg)
    if us and owner not in {us, 0}:
        msg = (
            f"the socket {path} belongs to the user {owner}, neither to you nor to root; nothing "
            "was sent"
        )
        raise StoreError(msg)
    if directory.st_uid not in {owner, 0} or directory.st_mode & _OTHERS_WRITE:
        msg = (
            f"others can put another socket in place of {path}; nothing was sent; "
            f"run: chmod 700 {shlex.quote(str(path.parent))}"
        )
        raise StoreError(msg)
    return owner


def busy(path: Path) -> BusyError:
    """Return the error of a master that has too many connections."""
    return BusyError(f"the master that listens on {path} has too many connections; try again later")


def _nobody(path: Path, error: OSError) -> StoreUnavailable:
    msg = (
        f"no master listens on {path} ({error.strerror or error}); start the one whose "
        "SecretInStore has this socket"
    )
    return StoreUnavailable(msg)
