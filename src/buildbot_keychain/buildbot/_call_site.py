"""`call_site`: which lines of a configuration are running, for errors that nothing else places."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from types import FrameType

import buildbot

import buildbot_keychain

_OURS = (str(Path(buildbot_keychain.__file__).parent), contextlib.__file__)
_BUILDBOTS = str(Path(buildbot.__file__).parent)
_MOST_CALLS = 3


def call_site() -> str:
    """Return where our code was called from: ``master.cfg, line 12``, and who called that.

    Only what lies between our code and Buildbot's is named: a ``master.cfg`` and its modules.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - documented in `sys`
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    calls: list[str] = []
    while frame is not None and len(calls) < _MOST_CALLS:
        file = frame.f_code.co_filename
        if file.startswith(_BUILDBOTS):
            break
        calls.append(f"{Path(file).name}, line {frame.f_lineno}")
        if frame.f_code.co_name == "<module>":
            break
        frame = frame.f_back
    return ", called in ".join(calls)
