"""`Installation`: what is examined."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from buildbot import version

from buildbot_keychain.errors import ConfigurationError, message_of
from buildbot_keychain.inspection._findings import UNCHECKED, Finding
from buildbot_keychain.inspection._loading import Loaded, UnfitError, find, load
from buildbot_keychain.inspection._now import without_values
from buildbot_keychain.inspection.doctor._access import name_of
from buildbot_keychain.inspection.doctor._codes import found

_PROC = Path("/proc")

_FITTING = (
    "pip install --upgrade buildbot-keychain, or the Buildbot that the master had before; nothing "
    "of this is so while the master refuses to start"
)

TAC, CONFIGURATION, PID = "buildbot.tac", "master.cfg", "twistd.pid"


@dataclass
class Installation:
    """A master's directory, and what is known of the master.

    :param basedir: the directory.
    :param file: its configuration.
    :param loaded: that, executed; ``None`` where that failed.
    :param failure: why it failed; ``None`` where it was not tried.
    :param process: the number of the process that runs the master; ``None`` where none does.
    :param gaps: what this library would not do with the installed Buildbot, which it so refuses.
    """

    basedir: Path
    file: Path
    loaded: Loaded | None
    failure: str | None = None
    process: int | None = None
    gaps: tuple[str, ...] = ()

    @classmethod
    def at(cls, path: str, *, executes: bool = True) -> Installation:
        """Return the one in a directory, or of a configuration.

        :param executes: whether that is executed.
        """
        given = Path(path)
        basedir = given if given.is_dir() else given.parent
        file = basedir / CONFIGURATION if given.is_dir() else given
        process = running_in(basedir)
        if not executes:
            return cls(basedir, file, None, process=process)
        try:
            basedir, file = find(path)
            return cls(basedir, file, load(basedir, file), process=process)
        except UnfitError as error:
            failure = "this library does not fit Buildbot, and refuses the configuration"
            return cls(basedir, file, None, failure, process, error.sentences)
        except ConfigurationError as error:
            return cls(basedir, file, None, message_of(error), process)

    @property
    def config(self) -> Any:
        """Buildbot's ``MasterConfig``; ``None`` where the configuration fails."""
        return None if self.loaded is None else self.loaded.config


def configuration_problems(installation: Installation) -> Iterator[Finding]:
    """Yield what is wrong with the configuration itself."""
    if installation.loaded is None:
        if installation.failure is None:
            return
        sentence = f"{installation.failure}; what it configures is not examined"
        remedy = _looking_closer(installation.basedir)
        yield found("configuration", sentence, installation.file, remedy=remedy, level=UNCHECKED)
        for gap in installation.gaps:
            yield found("patch", gap, f"Buildbot {version}", remedy=_FITTING)
        return
    for error in installation.loaded.errors:
        remedy = _looking_closer(installation.basedir)
        yield found("configuration", without_values(error), installation.file, remedy=remedy)


def _looking_closer(basedir: Path) -> str:
    """Return a command that says more; it executes the configuration, which root should not."""
    command = f"buildbot checkconfig {quote(str(basedir))}"
    owner = basedir.stat().st_uid
    if owner in {0, os.geteuid()}:
        return command
    return f"sudo -u {name_of('user', owner)} {command}"


def running_in(basedir: Path, proc: Path = _PROC) -> int | None:
    """Return the number of the process that runs the master of a directory, if one does.

    :param proc: where the kernel tells of processes.
    """
    with suppress(OSError, ValueError, OverflowError):
        number = int((basedir / PID).read_text(encoding="ascii"))
        if number > 0 and _is_there(number) and _is_in(basedir, proc / str(number)):
            return number
    return None


def _is_in(basedir: Path, process: Path) -> bool:
    """Return whether a process works in a directory, as a master does; so also if nobody knows."""
    try:
        return (process / "cwd").readlink() == basedir.resolve()
    except OSError:
        return True


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:  # of another user
        return True
    except OSError:
        return False
    return True
