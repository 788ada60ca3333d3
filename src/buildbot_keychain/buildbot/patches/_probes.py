"""Small experiments with Buildbot's classes, for what no signature tells."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, succeed

from buildbot_keychain.buildbot.patches._expectations import Target

LOG = Target("buildbot.process.log:StreamLog.addStdout")
LINE_BOUNDARY_FINDER = Target("buildbot.util.lineboundaries:LineBoundaryFinder.append")


def stream_log_appends_prefixed_lines() -> bool:
    """Return whether lines reach ``data.updates.appendLog``, each with its stream's letter."""
    appended: list[tuple[int, str]] = []

    def append_log(logid: int, content: str) -> Deferred[None]:
        appended.append((logid, content))
        return succeed(None)

    master = SimpleNamespace(data=SimpleNamespace(updates=SimpleNamespace(appendLog=append_log)))
    log = _class_of(LOG).new(master, "stdio", "s", 7, "utf-8")
    writing = [log.addStdout("one\ntwo\n"), log.addStderr("three\n")]
    gatherResults(writing, consumeErrors=True).addErrback(lambda _: None)
    return appended == [(7, "oone\notwo\n"), (7, "ethree\n")]


def line_ends_are_found_by_the_pattern() -> bool:
    """Return whether text passes through the class attribute ``newline_re`` as a whole."""

    class Upper:
        def sub(self, _replacement: str, text: str) -> str:
            return text.upper()

    class Finder(_class_of(LINE_BOUNDARY_FINDER)):  # type: ignore[misc]
        newline_re = Upper()

    return bool(Finder().append("a\x08b\n") == "A\x08B\n")


def _class_of(method: Target) -> Any:
    owner, _ = method.owner()
    return owner
