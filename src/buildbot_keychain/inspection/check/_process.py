"""`run_check`: runs a check in a process of its own, as the user that runs the master.

It has a session of its own as well: no terminal, in which it could type for whoever checks, and a
group of processes that ends with the check, whatever the configuration has begun.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection.check._report import Report

_PROGRAM = """
import sys
sys.dont_write_bytecode = True
sys.path[:] = [each for each in sys.path if each]  # not what is in the current directory
from buildbot_keychain.inspection.check._child import main
main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), offline=sys.argv[4] == "offline")
"""


def run_check(
    path: str, seconds: float, progress: Callable[[int, int, str], None], *, offline: bool
) -> Report:
    """Return what a check of a configuration finds.

    :param path: its file, or the directory of a master.
    :param seconds: how long the providers may be asked.
    :param progress: called with how much has been done, of how much, and what that is.
    :param offline: whether no provider is asked.
    :raise ConfigurationError: if it cannot be executed.
    """
    where = Path(path).absolute()
    if not where.exists():
        raise ConfigurationError(f"{path} does not exist")
    reading, writing = os.pipe()
    arguments = [str(writing), str(where), str(seconds), "offline" if offline else "ask"]
    with open(reading, "rb") as stream:  # noqa: PTH123 - it has no path
        try:
            child = subprocess.Popen(  # noqa: S603 - this library
                [sys.executable, "-c", _PROGRAM, *arguments],
                pass_fds=(writing,),
                cwd="/",
                start_new_session=True,
                **_user_of(where),
            )
        except OSError as error:
            msg = (
                f"cannot run {sys.executable} as the owner of {where} ({error.strerror}): install "
                "this library where that user can run it"
            )
            raise ConfigurationError(msg) from error
        finally:
            os.close(writing)
        with _ended(child):
            return _followed(stream, progress)


def _followed(stream: Any, progress: Callable[[int, int, str], None]) -> Report:
    """Return the report that comes through a pipe, and pass on what is told before."""
    for line in stream:
        document = json.loads(line)
        if "progress" in document:
            progress(*document["progress"])
        elif "failed" in document:
            raise ConfigurationError(document["failed"])
        else:
            return Report.from_json(line)
    raise ConfigurationError(
        "the process that reads the configuration ended before it was done: can the user that runs "
        "the master run this Python, and does the configuration end the process?"
    )


@contextlib.contextmanager
def _ended(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process, and those of its session that it began, with the block."""
    try:
        yield
    finally:
        # It is still to be waited for, so the number is that of no other group.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _user_of(path: Path) -> dict[str, Any]:
    """Return the arguments of `subprocess.Popen` for the owner of a master's directory.

    Only root can be somebody else; where root owns it, the master is run by root.
    """
    owner = (path if path.is_dir() else path.parent).stat().st_uid
    if os.geteuid() != 0 or owner == 0:
        return {}
    try:
        user = pwd.getpwuid(owner)
    except KeyError:
        msg = f"{path} belongs to the user {owner}, who does not exist: run this as that user"
        raise ConfigurationError(msg) from None
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    names = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    return {
        "user": owner,
        "group": user.pw_gid,
        "extra_groups": groups,
        "env": {**os.environ, **names},
    }
