"""`private_directory`: a directory for values that must not reach a disk.

It is in memory (tmpfs), closed to others, and removed whatever happens: at the end of the ``with``
statement, and otherwise by a process that waits for ours to end, even by SIGKILL. What is in it is
overwritten first. The kernel may swap such memory: swap should be encrypted, or off.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

from buildbot_keychain.cli._exit import CommandError

_PREFIX = "buildbot-keychain-"
_IN_MEMORY = {"ramfs", "tmpfs"}
_MOUNTS = Path("/proc/self/mountinfo")
_MOST_DESCRIPTORS = 1 << 16


@contextlib.contextmanager
def private_directory(*, on_disk: bool = False) -> Iterator[Path]:
    """Make a directory, and remove it with all that is in it at the end of a ``with`` statement.

    To be entered before a value is in memory: the process that waits is a copy of this one.

    :param on_disk: whether it may be on a disk where there is no memory for it.
    :raise CommandError: when it cannot be made in memory.
    """
    parent = _place(on_disk=on_disk)
    try:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))  # of mode 0700
    except OSError as error:
        msg = f"cannot make a private directory in {parent}: {error.strerror}"
        raise CommandError(msg) from error
    try:
        waiting, descriptor = _remove_at_end_of_process(path)
        try:
            yield path
        finally:
            _remove(path)
            os.close(descriptor)
            os.waitpid(waiting, 0)
    finally:
        _remove(path)


def write(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can use.

    :raise CommandError: when it cannot be written.
    """
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise CommandError(msg) from error


def _place(*, on_disk: bool) -> str:
    """Return a directory in memory, or that for temporary files."""
    for place in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm"):  # noqa: S108 - mkdtemp is used
        if place and _is_in_memory(place) and os.access(place, os.W_OK | os.X_OK):
            return place
    if on_disk:
        return tempfile.gettempdir()
    raise CommandError(
        "there is no memory for files here: neither XDG_RUNTIME_DIR nor /dev/shm is a tmpfs that "
        "can be written to; mount one, or add --on-disk if a value may be on this disk"
    )


def _is_in_memory(place: str) -> bool:
    """Return whether a directory is on a file system in memory (proc(5), mountinfo)."""
    try:
        device = os.stat(place).st_dev  # noqa: PTH116 - as it is given
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        mount, _, file_system = line.partition(" - ")
        if mount.split()[2] == wanted:
            return file_system.split()[0] in _IN_MEMORY
    return False


def _remove_at_end_of_process(path: Path) -> tuple[int, int]:
    """Start a process that removes a directory when ours has ended.

    :return: its id, and a descriptor: when that is closed, it ends.
    """
    reading, writing = os.pipe()
    waiting = os.fork()
    if waiting:
        os.close(reading)
        return waiting, writing
    try:
        os.setsid()  # Ctrl-C at the terminal is not for it
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.closerange(3, reading)
        os.closerange(reading + 1, _MOST_DESCRIPTORS)
        os.read(reading, 1)
        _remove(path)
    finally:
        os._exit(0)


def _remove(path: Path) -> None:
    """Overwrite the files of a directory, and remove it."""
    for directory, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                _overwrite(Path(directory, name))
    shutil.rmtree(path, ignore_errors=True)


def _overwrite(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        file.write(bytes(os.fstat(descriptor).st_size))
