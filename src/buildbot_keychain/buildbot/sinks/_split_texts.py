"""Whose text is being split into lines: what a command's output or a log belongs to.

Buildbot's ``LineBoundaryFinder`` does not know that; who uses it is on the stack, a few functions
up: a remote command, whose step has a build, or a log, which is open.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from buildbot.process.log import Log
from buildbot.process.remotecommand import RemoteCommand

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.redaction import Audience

_DEPTH = 10
"""Functions that are looked at; Buildbot's are at most three up."""


def audience_of_split_text() -> Audience | None:
    """Return the readers of the text that is being split; ``None`` if its master is unknown."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect's function is the same
    for _ in range(_DEPTH):
        if frame is None:
            break
        code = frame.f_code
        owner = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if isinstance(owner, RemoteCommand):
            return _of_command(owner)
        if isinstance(owner, Log):
            keychain = keychain_of(owner.master)
            return None if keychain is None else keychain.updates.audience_of_log(owner.logid)
        frame = frame.f_back
    return None


def _of_command(command: Any) -> Audience | None:
    step = command.step
    keychain = None if step is None else keychain_of(step.master)
    return None if keychain is None else keychain.audiences.of_build(step.build)
