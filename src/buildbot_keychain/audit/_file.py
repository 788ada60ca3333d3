"""`AuditToFile`: JSON lines in a file that shows if a line was removed, changed or moved.

Each line begins with its number, ``"n"``, and the SHA-256 of the line before, ``"prev"``: so a
chain goes through all lines, those of rotated files too. A small file beside it, ``PATH.state``,
has the number and hash of the last line: it is written after each commit, and shows
if lines were removed at the end. While the trail is written, a lock on it keeps others away.

A batch is written and synchronised together. What was cut off in the middle of a line is removed
when the file is opened again, and that is recorded. Blocks for what comes next are allocated ahead,
so that a full disk is noticed before nothing can be written.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zope.interface import implementer

from buildbot_keychain.audit._chain import Link, hash_of, linked, read_state, state_text
from buildbot_keychain.audit._disk import allocate_ahead
from buildbot_keychain.audit._places import STATE_SUFFIX, old_files
from buildbot_keychain.audit._tail import last_line
from buildbot_keychain.audit.events import Event, Trail
from buildbot_keychain.audit.record import Record
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IAuditSink
from buildbot_keychain.store.private_files import sync

MODE = 0o600

_UNSUPPORTED = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


@implementer(IAuditSink)
class AuditToFile:
    """Appends JSON lines to a file.

    :param path: where; its directory must be there, and be the master's alone.
    :param max_size: bytes after which another file is begun; the old one is renamed to
        ``PATH.NUMBER``, the number of its first line.
    :param max_age: seconds after which another file is begun; never by default.
    :param keep: how many old files are kept; all of them by default.
    :param reserve: bytes that are allocated ahead on the disk.
    :raise ConfigurationError: when there cannot be such a file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_size: int = 100 * 1024 * 1024,
        max_age: float | None = None,
        keep: int | None = None,
        reserve: int = 1024 * 1024,
    ) -> None:
        if not isinstance(path, (str, os.PathLike)) or not str(path).strip() or "\0" in str(path):
            raise ConfigurationError("AuditToFile: path must be the path of a file")
        self.path = str(Path(path).absolute())
        self.name = self.path
        for name, number, least in (
            ("max_size", max_size, 4096),
            ("max_age", max_age, 60),
            ("keep", keep, 0),
            ("reserve", reserve, 0),
        ):
            allowed = (int, float) if name == "max_age" else int
            is_optional = name in ("max_age", "keep")
            if number is None and is_optional:
                continue
            if isinstance(number, bool) or not isinstance(number, allowed) or not number >= least:
                end = ", or None" if is_optional else ""
                msg = f"AuditToFile({self.path}): {name} must be a number, at least {least}{end}"
                raise ConfigurationError(msg)
        self._arguments = (self.path, max_size, max_age, keep, reserve)
        self._max_size, self._max_age, self._keep, self._reserve = max_size, max_age, keep, reserve
        self.warning = ""
        self._fd = self._state_fd = -1
        self._link = Link(0, "")
        self._first = 1
        self._is_known = False
        self._size = self._allocated = 0
        self._begun = 0.0
        self._identity = (0, 0)
        self._notes: list[Event] = []
        self._record: Callable[[Event], Record] | None = None

    def __repr__(self) -> str:
        return f"AuditToFile({self.path!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AuditToFile):
            return NotImplemented
        return self._arguments == other._arguments

    def __hash__(self) -> int:
        return hash(self._arguments)

    def use_recorder(self, record: Callable[[Event], Record]) -> None:
        """Have `record` make a record of what happens to the file itself."""
        self._record = record

    def check(self) -> None:
        """Raise an error where the file cannot be written."""
        directory = Path(self.path).parent
        if not directory.is_dir():
            raise ConfigurationError(f"AuditToFile: there is no directory {directory}; make it")
        place = Path(self.path)
        if place.is_symlink() or (place.exists() and not place.is_file()):
            raise ConfigurationError(f"AuditToFile: {place} is not a regular file; choose another")
        writable = place if place.exists() else directory
        if not os.access(writable, os.W_OK):
            msg = f"AuditToFile: {writable} cannot be written; run: chown or chmod it"
            raise ConfigurationError(msg)
        mode = directory.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            msg = (
                f"AuditToFile: anybody can replace files in {directory}; run: chmod o-w {directory}"
            )
            raise ConfigurationError(msg)

    # -- in the sink's thread

    def write(self, records: Sequence[Record]) -> None:
        """Append records, durably."""
        if self._fd < 0:
            self._open()
        elif not self._is_in_place():
            self._open_again()
        elif self._is_due():
            self._rotate()
        self._reserve_ahead()
        made = [self._record(event) for event in self._notes] if self._record is not None else []
        lines, link = linked(self._link, [*made, *records])
        self._append(b"".join(lines))
        self._link, self._notes = link, []
        self._write_state(is_clean=False)

    def close(self) -> None:
        """Note that nothing is missing, and close the file."""
        if self._fd >= 0:
            if self._notes and self._record is not None:
                self.write([])
            self._trim()
            self._write_state(is_clean=True)
        self._release()

    def _release(self) -> None:
        for descriptor in (self._fd, self._state_fd):
            if descriptor >= 0:
                os.close(descriptor)
        self._fd = self._state_fd = -1

    def _append(self, data: bytes) -> None:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fdatasync(self._fd)
        except OSError as error:
            self._undo()
            error.filename = self.path
            raise
        self._size += len(data)

    def _undo(self) -> None:
        """Remove what was written in part; where that fails, opening the file again does it."""
        try:
            os.ftruncate(self._fd, self._size)
            self._allocated = self._size
        except OSError:
            self._release()

    def _open(self) -> None:
        try:
            if self._state_fd < 0:
                self._state_fd = os.open(
                    self.path + STATE_SUFFIX,
                    os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC,
                    MODE,
                )
                try:
                    fcntl.flock(self._state_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    msg = f"{self.path}: another process writes to it; each master needs its own"
                    raise ConfigurationError(msg) from None
                os.fchmod(self._state_fd, MODE)
            state = read_state(os.pread(self._state_fd, 4096, 0))
            self._open_file()
            self._repair(state)
        except BaseException:
            self._release()
            raise

    def _open_file(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        is_new = not Path(self.path).exists()
        self._fd = os.open(self.path, flags, MODE)
        found = os.fstat(self._fd)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", self.path)
        if stat.S_IMODE(found.st_mode) != MODE:
            os.fchmod(self._fd, MODE)
        if is_new:
            sync(Path(self.path).parent)
        self._identity = (found.st_dev, found.st_ino)
        self._size = self._allocated = found.st_size
        self._begun = time.time() if not found.st_size else found.st_ctime

    def _repair(self, state: dict[str, Any]) -> None:
        """Continue the chain; note what is missing."""
        line = self._cut_tail()
        kept = Link(state.get("n", 0), state.get("hash", ""))
        there = Link.of(line) if line is not None else Link(0, "")
        self._first = state.get("first") or self._first_there() or kept.number + 1
        if there.number < kept.number and not (line is None and self._has_rotated(kept)):
            lines = kept.number - there.number if line is not None else None
            self._note("missing", lines, "lines at the end of the file were removed")
        self._link = max(there, kept, key=lambda link: link.number)
        if not self._is_known:
            self._is_known = True
            if state and not state.get("clean"):
                detail = "the process before did not stop: events that waited are lost"
                self._note("unclean", None, detail)
            self._note("started", None, "")
        self._write_state(is_clean=False)

    def _cut_tail(self) -> bytes | None:
        """Remove what is behind the last complete line, which is returned if there is one."""
        end, line = last_line(self._fd, self._size)
        if end < self._size:
            cut = self._size - end
            os.ftruncate(self._fd, end)
            os.fsync(self._fd)
            self._size = self._allocated = end
            self._note("repaired", cut, "the end of the file was no complete line, and is removed")
        return line

    def _first_there(self) -> int:
        """Return the number of the first line of all files; 0 if there is none."""
        numbers = map(_first_number, [*self._old_files(), Path(self.path)])
        return next(filter(None, numbers), 0)

    def _has_rotated(self, last: Link) -> bool:
        """Return whether an old file ends with the line that was written last."""
        for old in reversed(self._old_files()):
            with open(old, "rb") as file:  # noqa: PTH123 - its descriptor is read
                _, line = last_line(file.fileno(), os.fstat(file.fileno()).st_size)
            return line is not None and hash_of(line) == last.hash
        return False

    def _note(self, action: str, count: int | None, detail: str) -> None:
        event = Trail(action, self.name, count, detail)
        if event not in self._notes:  # opening it may have failed before
            self._notes.append(event)

    def _is_in_place(self) -> bool:
        try:
            found = os.stat(self.path, follow_symlinks=False)  # noqa: PTH116 - the fastest way
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _open_again(self) -> None:
        """Open the file again after somebody has moved or removed it."""
        self._note("reopened", None, "the file was moved or removed by somebody else")
        os.close(self._fd)
        self._fd = -1
        self._open_file()
        self._cut_tail()

    def _is_due(self) -> bool:
        if not self._size or self.warning:
            return False
        is_old = self._max_age is not None and time.time() - self._begun >= self._max_age
        return is_old or self._size >= self._max_size

    def _rotate(self) -> None:
        first = _first_number(Path(self.path))
        self._trim()
        os.rename(self.path, f"{self.path}.{first:012d}")  # noqa: PTH104 - in one directory
        os.close(self._fd)
        self._fd = -1
        self._open_file()
        self._note("rotated", None, f"the lines before are in {Path(self.path).name}.{first:012d}")
        self._prune()

    def _prune(self) -> None:
        if self._keep is None:
            return
        old = self._old_files()
        too_many = max(len(old) - self._keep, 0)
        for path in old[:too_many]:
            path.unlink(missing_ok=True)
        numbers = [int(path.suffix[1:]) for path in old[too_many:]]
        self._first = min(numbers, default=self._link.number + 1)

    def _old_files(self) -> list[Path]:
        return [old for old in old_files(self.path) if old.suffix[1:].isdigit()]

    def _reserve_ahead(self) -> None:
        if not self._reserve or self._allocated - self._size > self._reserve // 2:
            return
        try:
            allocate_ahead(self._fd, self._size, self._reserve)
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                self._reserve = 0
            else:
                left = max(self._allocated - self._size, 0)
                self.warning = f"{os.strerror(error.errno or 0)}: {left} bytes are left for events"
            return
        self._allocated = self._size + self._reserve
        self.warning = ""

    def _trim(self) -> None:
        """Release what was allocated ahead."""
        if self._allocated > self._size:
            os.ftruncate(self._fd, self._size)
            self._allocated = self._size

    def _write_state(self, *, is_clean: bool) -> None:
        text = state_text(self._link, self._first, is_clean=is_clean)
        try:
            os.pwrite(self._state_fd, text, 0)
        except OSError as error:
            self.warning = f"{self.path}{STATE_SUFFIX}: {os.strerror(error.errno or 0)}"


def _first_number(path: Path) -> int:
    """Return the number of the first line of a file; 0 if that is none of a trail."""
    with path.open("rb") as file:
        return Link.of(file.readline().rstrip(b"\n")).number
