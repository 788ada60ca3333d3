"""`run`: inspects a configuration in a process of its own, as the user that runs the master.

It has a session of its own as well: no terminal, in which it could type for whoever inspects, and a
group of processes that ends with the inspection, whatever the configuration has begun.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection._findings import PART
from buildbot_keychain.inspection._limits import Limits

_BEFORE = """
import sys
sys.dont_write_bytecode = True
sys.path[:] = [each for each in sys.path if each]  # not what is in the current directory
"""

_PROGRAM = """
from buildbot_keychain.inspection._child import main
main(*sys.argv[1:])
"""

_AT_LOGIN = ("PATH", "LANG")
"""Variables of root that another user has, too."""

_CHUNK = 65_536

Progress = Callable[[int, int, str], None]


class UnfinishedError(ConfigurationError):
    """The process did not come to its end.

    :param stage: what it did last.
    """

    def __init__(self, message: str, stage: str) -> None:
        super().__init__(message)
        self.stage = stage


def run(
    task: str,
    path: str,
    seconds: float,
    progress: Progress,
    options: Mapping[str, Any],
    *,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """Return what a process finds, as it has written it, parsed.

    :param task: the package below this one whose ``_work.work`` is called there.
    :param path: the file of a configuration, or the directory of a master.
    :param seconds: how long the configuration may take to be executed.
    :param progress: called with how much has been done, of how much, and what that is.
    :param options: arguments of `work`.
    :param limits: what ends it where nobody can; it has no terminal then, not even at its start.
    :raise ConfigurationError: if it fails, or is ended by its limits.
    :raise UnfinishedError: if it takes longer, or something ends the process.
    """
    where = Path(path).absolute()
    if not where.exists():
        raise ConfigurationError(f"{path} does not exist")
    where, user = as_owner(where)
    reading, writing = os.pipe()
    arguments = [str(writing), task, str(where), json.dumps({**options, "seconds": seconds})]
    try:
        with begun(_PROGRAM, arguments, user, pass_fds=(writing,), **_standard(limits)):
            os.close(writing)
            writing = -1
            return _followed(_Lines(reading, limits), progress)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


@contextlib.contextmanager
def begun(
    program: str, arguments: Sequence[str], user: Mapping[str, Any], **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Begin a process in a session of its own; end it, and those that it began, with the block.

    It imports nothing from the current directory, and writes no bytecode.

    :param program: in Python; `sys` is imported in it.
    :param arguments: those of the program.
    :param user: who runs it, as `as_owner` has it.
    :param options: more arguments of `subprocess.Popen`.
    :raise ConfigurationError: if that user cannot run it.
    """
    command = [sys.executable, "-c", _BEFORE + program, *arguments]
    try:
        child = subprocess.Popen(  # noqa: S603 - this library
            command, cwd="/", start_new_session=True, **user, **options
        )
    except OSError as error:
        msg = (
            f"cannot run {command[0]} as the owner of the master's directory ({error.strerror}): "
            "install this library where that user can run it"
        )
        raise ConfigurationError(msg) from error
    try:
        yield child
    finally:
        # It is still to be waited for, so the number is that of no other group.
        os.killpg(child.pid, signal.SIGKILL)
        if child.stdout is not None:
            child.stdout.close()
        child.wait()


def _standard(limits: Limits | None) -> dict[str, Any]:
    if limits is None:
        return {}
    return dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)


def _followed(lines: _Lines, progress: Progress) -> dict[str, Any]:
    """Return what comes through a pipe at last, and pass on what is told before."""
    parts: dict[str, list[Any]] = {}
    for line in lines:
        document: dict[str, Any] = json.loads(line)
        if "stage" in document:
            lines.begin(document["stage"], document["seconds"])
            progress(0, 0, document["stage"])
        elif "progress" in document:
            progress(*document["progress"])
        elif "failed" in document:
            raise ConfigurationError(document["failed"])
        elif PART in document:
            parts.setdefault(document[PART], []).append(document["value"])
        else:
            return {**document, **parts}
    msg = (
        "the process that reads the configuration ended before it was done: can the user that runs "
        "the master run this Python, and does the configuration end the process?"
    )
    raise UnfinishedError(msg, lines.stage)


class _Lines:
    """The lines that come through a pipe, while no stage takes longer than it may.

    :param reading: the end to read from.
    :param limits: those of all stages together.
    """

    def __init__(self, reading: int, limits: Limits | None) -> None:
        self._reading = reading
        self._limits = limits
        self.begin("starting", None)

    def begin(self, stage: str, seconds: float | None) -> None:
        """Begin a stage, which may take so long; ``None`` for any time."""
        self.stage, self._seconds = stage, seconds
        self._until = None if seconds is None else time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        """Yield them.

        :raise UnfinishedError: if a stage takes too long.
        :raise ConfigurationError: if all of them do, or write too much.
        """
        rest = b""
        while data := self._read():
            *lines, rest = (rest + data).split(b"\n")
            yield from lines

    def _read(self) -> bytes:
        waiting, limits = select.poll(), self._limits
        waiting.register(self._reading, select.POLLIN)
        left = None if self._until is None else max(0.0, self._until - time.monotonic())
        if limits is not None:
            waiting.register(limits, select.POLLIN)
            left = limits.left if left is None else min(left, limits.left)
        ready = {descriptor for descriptor, _ in waiting.poll(left and left * 1000)}
        if limits is not None and (limits.fileno() in ready or not (ready or limits.left)):
            raise limits.ended()
        if not ready:
            msg = (
                f"{self.stage} took more than {self._seconds:g} seconds, and was ended: see what "
                "it waits for, or add --timeout"
            )
            raise UnfinishedError(msg, self.stage)
        data = os.read(self._reading, _CHUNK)
        if limits is not None:
            limits.count(len(data))
        return data


def as_owner(path: Path) -> tuple[Path, dict[str, Any]]:
    """Return a path, and the arguments of `subprocess.Popen` for the owner of a master's directory.

    Only root can be somebody else. The path has no links then: who can replace one could have the
    configuration of one user executed by another. Where root owns the directory, the master is run
    by root.
    """
    if os.geteuid() != 0:
        return path, {}
    directory = (path if path.is_dir() else path.parent).resolve()
    owner = _owner_of(directory)
    where = directory if path.is_dir() else directory / path.name
    if owner == 0:
        return where, {}
    try:
        user = pwd.getpwuid(owner)
    except KeyError:
        msg = f"{path} belongs to the user {owner}, who does not exist: run this as that user"
        raise ConfigurationError(msg) from None
    kept = {name: os.environ[name] for name in _AT_LOGIN if name in os.environ}
    names = {"USER": user.pw_name, "LOGNAME": user.pw_name}
    return where, {
        "user": owner,
        "group": user.pw_gid,
        "extra_groups": os.getgrouplist(user.pw_name, user.pw_gid),
        "env": {**kept, **names, "HOME": user.pw_dir, "SHELL": user.pw_shell},
    }


def _owner_of(directory: Path) -> int:
    """Return whom a directory belongs to, whom nobody else can have replaced by another.

    :raise ConfigurationError: if somebody can.
    """
    owner = directory.lstat().st_uid
    # From the top: what is in a directory that nobody else writes to stays.
    for each in (*reversed(directory.parents), directory):
        found = each.lstat()
        is_open = found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX
        if found.st_uid not in {0, owner} or is_open or not stat.S_ISDIR(found.st_mode):
            msg = (
                f"root executes nothing that others can replace, and they can replace {each}: run "
                "this as the user that runs the master"
            )
            raise ConfigurationError(msg)
    return owner
