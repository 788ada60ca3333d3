"""How long a master keeps what it logs, as its ``buildbot.tac`` says it.

That file is read, not executed. What it computes is not known, and nothing is said of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._files import rotated
from buildbot_keychain.inspection.doctor._installation import TAC, Installation

_LOG = "twistd.log"
_UNKNOWN = object()


class _Rotation(NamedTuple):
    """How a log is rotated.

    :param length: from which size on, in bytes; ``None`` or 0 for never, as Twisted has it.
    :param most: how many old logs are kept; ``None`` for all.
    """

    length: object
    most: object


_NAMED_BEFORE = {"LogFile": 2, "LogFile.fromFullPath": 1, "logfile.LogFile.fromFullPath": 1}
"""What makes a log, and how many arguments say which one: what follows them is given by name."""

_OF_TWISTD = _Rotation(1_000_000, None)
"""What ``twistd --logfile`` does where a ``.tac`` has no log of its own."""


def log_rotation(installation: Installation) -> Iterator[Finding]:
    """Yield that logs are kept for ever, if they are."""
    tac, log = installation.basedir / TAC, installation.basedir / _LOG
    try:
        rotation = _rotation_in(tac.read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    if rotation is None or not log.exists():  # it goes elsewhere, such as to systemd
        return
    if rotation.length in {None, 0}:
        sentence = "it is never rotated, and keeps all that was ever logged"
    elif rotation.most is None:
        sentence = f"old ones are kept for ever{_kept(rotated(log))}"
    else:
        return
    remedy = f"rotateLength = 10000000 and maxRotatedFiles = 10, given to LogFile in {tac}"
    yield found("log-rotation", sentence, log, remedy=remedy)


def _rotation_in(source: str) -> _Rotation | None:
    """Return how the log is rotated; ``None`` where it is none of Twisted's files, or not said."""
    tree = ast.parse(source)
    constants: dict[str, object] = {}
    calls = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            constants.update({name: _value(node.value, {}) for name in _names(node.targets)})
        elif isinstance(node, ast.Call):
            calls.append(node)
    for call in calls:
        called = ast.unparse(call.func)
        given = {each.arg: _value(each.value, constants) for each in call.keywords}
        if called.split(".")[0] == "DailyLogFile":
            return _OF_TWISTD
        if called in _NAMED_BEFORE:
            if len(call.args) > _NAMED_BEFORE[called] or None in given:
                return None
            length = given.get("rotateLength", _OF_TWISTD.length)
            return _Rotation(length, given.get("maxRotatedFiles"))
    has_its_own = any(isinstance(n, ast.Name) and n.id == "ILogObserver" for n in ast.walk(tree))
    return None if has_its_own else _OF_TWISTD


def _names(targets: list[ast.expr]) -> Iterator[str]:
    yield from (each.id for each in targets if isinstance(each, ast.Name))


def _value(node: ast.expr, constants: dict[str, object]) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    return constants.get(node.id, _UNKNOWN) if isinstance(node, ast.Name) else _UNKNOWN


def _kept(old: list[Path]) -> str:
    times = []
    for each in old:
        with suppress(OSError):  # a master that runs has renamed it
            times.append(each.stat().st_mtime)
    if not times:
        return ""
    day = datetime.fromtimestamp(min(times), timezone.utc).strftime("%Y-%m-%d")
    return f", of which there are {len(times):,}, the oldest of {day}"
