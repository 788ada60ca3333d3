"""Kills a process at each point of its work, and looks at what it leaves behind.

A point is a call of a function such as `os.fsync`. The work is done again and again, each time in a
process of its own that dies of SIGKILL one or a few calls later than the last, before the call.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

Point = tuple[Any, str]
"""What has the function, and the function's name."""

FILE_CALLS: tuple[Point, ...] = tuple(
    (os, name) for name in ("open", "fdopen", "fchmod", "fsync", "link", "rename", "unlink")
)
"""What is called when a file is written."""


def kill_at_each(
    points: tuple[Point, ...],
    work: Callable[[], object],
    check: Callable[[], object],
    step: int = 1,
) -> int:
    """Do `work` until it is done, killed some calls later each time; `check` after each.

    To be called in a process without threads, as it forks.

    :param step: how many calls later.
    :return: how often it was killed.
    """
    kills = 0
    while not _done(points, work, kills * step):
        kills += 1
        check()
    check()
    return kills


def _done(points: tuple[Point, ...], work: Callable[[], object], calls: int) -> bool:
    child = os.fork()
    if not child:
        left = calls

        def counted(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal left
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return function(*arguments, **named)

            return call

        for owner, name in points:
            setattr(owner, name, counted(getattr(owner, name)))
        try:
            work()
        except BaseException:  # noqa: BLE001 - nothing else would tell of it
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, how = os.waitpid(child, 0)
    if os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL:
        return False
    assert os.waitstatus_to_exitcode(how) == 0, "the work failed"
    return True
