"""`open_private`: a directory of files that nobody else can read, write or replace. Blocks.

Contract: a file is read only if it is a regular one of ours that is closed to everybody else, in a
directory of which the same is true; a link is never followed there. A file is written whole or not
at all, whenever the process or the machine dies: a temporary file is written, synchronised and
renamed, and then the directory is synchronised, all under the directory's lock. That is a file too,
which only we can open: whoever may read a directory can lock the directory itself, for ever. "Ours"
means of the user that runs this process; root is no exception, as what it wrote would be lost to
the owner.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pwd
import shlex
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from buildbot_keychain.errors import StoreError

LOCK = ".keychain.lock"
"""The file that is locked. It is empty, and stays."""

_WAIT, _PAUSE = 10, 0.01
"""Seconds that the lock is waited for, and between two attempts."""

_OTHERS, _OTHERS_WRITE = 0o077, 0o022
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TO_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def open_private(
    path: Path, problem: type[StoreError] = StoreError, *, readable: bool = False
) -> Iterator[PrivateDirectory]:
    """Open a directory, and close it at the end of a ``with`` statement.

    :param problem: the class of the errors that it raises.
    :param readable: whether others may read it and its files: they must still not write to them.
    :raise StoreError: of that class, when it does not exist, or is open to others.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        msg = f"cannot open the directory {path}: {error.strerror}; {_remedy(path, error)}"
        raise problem(msg) from error
    try:
        yield PrivateDirectory(path, descriptor, problem, readable=readable)
    finally:
        os.close(descriptor)


class PrivateDirectory:
    """An open directory; `open_private` makes it.

    :param descriptor: of the directory, which `path` is for messages.
    :param problem: the class of the errors.
    :param readable: as `open_private` has it.
    """

    def __init__(
        self, path: Path, descriptor: int, problem: type[StoreError], *, readable: bool
    ) -> None:
        self.path = path
        self._forbidden = _OTHERS_WRITE if readable else _OTHERS
        self._descriptor = descriptor
        self._problem = problem
        self._require_private("directory", path, os.fstat(descriptor), self._forbidden)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory's lock, for which other processes wait, and which dies with ours.

        :raise StoreError: when it cannot be locked, or is held for too long.
        """
        descriptor = self._locked()
        try:
            yield
        finally:
            os.close(descriptor)

    def _locked(self) -> int:
        path = self.path / LOCK
        try:
            descriptor = os.open(LOCK, _TO_LOCK, 0o600, dir_fd=self._descriptor)
        except OSError as error:
            msg = f"cannot lock {path}: {error.strerror}"
            raise self._problem(msg) from error
        try:
            self._require_private("file", path, os.fstat(descriptor), _OTHERS)
            pause = threading.Event()
            for _ in range(round(_WAIT / _PAUSE)):
                if _has_locked(descriptor):
                    return descriptor
                pause.wait(_PAUSE)
            msg = f"another process has held {path} for {_WAIT} seconds; try again later"
            raise self._problem(msg)
        except OSError as error:
            os.close(descriptor)
            msg = f"cannot lock {path}: {error.strerror}"
            raise self._problem(msg) from error
        except StoreError:
            os.close(descriptor)
            raise

    def read(self, name: str, max_size: int) -> bytes | None:
        """Return the content of a file, or ``None`` where there is none of that name.

        :param max_size: bytes; a longer file is an error.
        :raise StoreError: when it is not a regular file, is open to others, or cannot be read.
        """
        descriptor = self._open(name)
        if descriptor is None:
            return None
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(max_size + 1)
        if len(content) > max_size:
            msg = f"{self.path / name} is longer than {max_size} bytes, and not one of this library"
            raise self._problem(msg)
        return content

    def has(self, name: str) -> bool:
        """Return whether there is a file of that name that `read` would accept, of any length.

        It is not opened: whoever closes a file loses all locks that the process has on it (fcntl(2)
        of POSIX), and with them SQLite those of its other connections.

        :raise StoreError: when it is not a regular file, or is open to others.
        """
        try:
            found = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unreadable(name, error) from error
        self._require_ours(name, found)
        return True

    def _open(self, name: str) -> int | None:
        try:
            descriptor = os.open(name, _READ, dir_fd=self._descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(name, error) from error
        try:
            self._require_ours(name, os.fstat(descriptor))
        except StoreError:
            os.close(descriptor)
            raise
        return descriptor

    def _unreadable(self, name: str, error: OSError) -> StoreError:
        path = self.path / name
        if error.errno == errno.ELOOP:
            return self._link(name)
        return self._problem(
            f"cannot read {path}: {error.strerror}; make the user that runs this its owner"
        )

    def _link(self, name: str) -> StoreError:
        return self._problem(f"{self.path / name} is a link; put the file itself there")

    def _require_ours(self, name: str, found: os.stat_result) -> None:
        if stat.S_ISLNK(found.st_mode):
            raise self._link(name)
        if not stat.S_ISREG(found.st_mode):
            msg = f"{self.path / name} is not a regular file"
            raise self._problem(msg)
        self._require_private("file", self.path / name, found, self._forbidden)

    def create(self, name: str, content: bytes) -> None:
        """Write a new file, under the lock.

        :raise FileExistsError: when there is anything of that name.
        :raise StoreError: when it cannot be written; there is no such file then.
        """
        with self._temporary(name, content) as temporary:  # a link replaces nothing
            os.link(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
            os.unlink(temporary, dir_fd=self._descriptor)

    def replace(self, name: str, content: bytes) -> None:
        """Write a file, in place of the one of that name, under the lock.

        :raise StoreError: when it cannot be written; the file is as it was then.
        """
        with self._temporary(name, content) as temporary:
            os.rename(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    @contextlib.contextmanager
    def _temporary(self, name: str, content: bytes) -> Iterator[str]:
        """Write a temporary file, for the caller to move to its place; then sync the directory."""
        temporary = f".{name}.new"
        try:
            with contextlib.suppress(FileNotFoundError):  # of a process that was killed
                os.unlink(temporary, dir_fd=self._descriptor)
            descriptor = os.open(temporary, _CREATE, 0o600, dir_fd=self._descriptor)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, 0o600)
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            yield temporary
            os.fsync(self._descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=self._descriptor)
            if isinstance(error, FileExistsError):
                raise
            msg = f"cannot write {self.path / name}: {error.strerror}"
            raise self._problem(msg) from error

    def _require_private(
        self, what: str, path: Path, found: os.stat_result, forbidden: int
    ) -> None:
        uid, mode = os.geteuid(), stat.S_IMODE(found.st_mode)
        quoted = shlex.quote(str(path))
        wanted = "700" if what == "directory" else "600"
        if found.st_uid != uid:
            owner, us = _user(found.st_uid), _user(uid)
            msg = f"the {what} {path} belongs to {owner}, not to {us}; run this as {owner}"
            raise self._problem(msg)
        if mode & forbidden:
            msg = (
                f"the {what} {path} is open to other users (mode {mode:04o}); "
                f"run: chmod {wanted} {quoted}"
            )
            raise self._problem(msg)


def sync(path: Path) -> None:
    """Wait until a file, or which names a directory has, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _has_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remedy(path: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"if it was never there, run: mkdir -m 700 {shlex.quote(str(path))}"
    return "correct the path"


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
