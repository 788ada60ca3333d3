"""How much work the redactor does for a text, counted and not timed.

Counted is each call of a function of the redactor, and of each function of the interpreter and of
the matching engine that it calls, by name. What it does for each candidate, and to verify one, is
calls.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import buildbot_keychain.redaction

_PACKAGE = str(Path(buildbot_keychain.redaction.__file__).parent)


def calls(act: Callable[[], object]) -> Counter[str]:
    """Return how often each function was called while `act` ran."""
    counted: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            return
        if event == "call":
            counted[f"{code.co_filename[len(_PACKAGE) + 1 :]}:{code.co_name}"] += 1
        elif event == "c_call":
            counted[f"{code.co_name} calls {argument.__name__}"] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return counted
