"""Small experiments with Buildbot's classes, for what no signature tells."""

from __future__ import annotations

import dis
import inspect
import sys
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred, succeed

from buildbot_keychain.buildbot.patches._expectations import Target

STREAM_LOG = Target("buildbot.process.log:StreamLog.add_stdout_lines")
PLAIN_LOG = Target("buildbot.process.log:PlainLog.addContent")
LINE_BOUNDARY_FINDER = Target("buildbot.util.lineboundaries:LineBoundaryFinder.append")
RECONFIGURE = Target("buildbot.master:BuildMaster.doReconfig")
REMOTE_UPDATE = Target("buildbot.process.remotecommand:RemoteCommand.remoteUpdate")
START = Target("buildbot.master:BuildMaster.startService")
WORKER_SETTINGS = Target("buildbot.worker.protocols.msgpack:Connection._set_worker_settings")


class _Recorder:
    """A master whose ``data.updates.appendLog`` notes what is appended."""

    def __init__(self) -> None:
        self.appended: list[tuple[int, str]] = []
        self.data = SimpleNamespace(updates=SimpleNamespace(appendLog=self._append))

    def _append(self, logid: int, content: str) -> Deferred[None]:
        self.appended.append((logid, content))
        return succeed(None)

    def open_log(self, log_type: str) -> Any:
        """Return one of Buildbot's logs, of the given type."""
        return _class_of(STREAM_LOG).new(self, "stdio", log_type, 7, "utf-8")


def stream_log_appends_prefixed_lines() -> bool:
    """Return whether lines reach ``data.updates.appendLog``, each with its stream's letter.

    Lines of a worker arrive through ``add_stdout_lines`` and the like, texts of steps through
    ``addStdout`` and the like.
    """
    master = _Recorder()
    log = master.open_log("s")
    writing = [
        log.add_stdout_lines("one\ntwo\n"),
        log.add_stderr_lines("three\n"),
        log.add_header_lines("four\n"),
        log.addStdout("five\n"),
        log.addStderr("six\n"),
        log.addHeader("seven\n"),
    ]
    gatherResults(writing, consumeErrors=True).addErrback(lambda _: None)
    return master.appended == [
        (7, "oone\notwo\n"),
        (7, "ethree\n"),
        (7, "hfour\n"),
        (7, "ofive\n"),
        (7, "esix\n"),
        (7, "hseven\n"),
    ]


def plain_logs_append_lines() -> bool:
    """Return whether lines of texts and of HTML reach ``data.updates.appendLog`` unaltered."""
    master = _Recorder()
    writing = [master.open_log(log_type).addContent("one\ntwo\n") for log_type in "th"]
    gatherResults(writing, consumeErrors=True).addErrback(lambda _: None)
    return master.appended == [(7, "one\ntwo\n")] * 2


def workers_are_told_to_cut_at_4096() -> bool:
    """Return whether workers that connect by MessagePack are sent the known limit of lines."""
    sent: list[dict[str, Any]] = []
    connection = SimpleNamespace(protocol=SimpleNamespace(get_message_result=sent.append))
    WORKER_SETTINGS.value()(connection)
    return [message["args"]["max_line_length"] for message in sent] == [4096]


def line_ends_are_found_by_the_pattern() -> bool:
    """Return whether text passes through the class attribute ``newline_re`` as a whole."""

    class Upper:
        def sub(self, _replacement: str, text: str) -> str:
            return text.upper()

    class Finder(_class_of(LINE_BOUNDARY_FINDER)):  # type: ignore[misc]
        newline_re = Upper()

    return bool(Finder().append("a\x08b\n") == "A\x08B\n")


def output_is_cleaned_by_its_module() -> bool:
    """Return whether what a worker sends is cleaned, by code of the module of remote commands."""
    modules: list[str] = []

    class Properties:
        def cleanupTextFromSecrets(self, text: str) -> str:
            modules.append(str(sys._getframe(1).f_globals.get("__name__")))  # noqa: SLF001
            return text

    command = _class_of(REMOTE_UPDATE)("shell", {})
    command.step = SimpleNamespace(build=SimpleNamespace(properties=Properties()))
    update = maybeDeferred(command.remoteUpdate, "stdout", "text\n", is_flushed=False)
    update.addErrback(lambda _: None)
    return modules == [_class_of(REMOTE_UPDATE).__module__]


def a_reconfiguration_is_assigned() -> bool:
    """Return whether a master assigns a configuration, when it has loaded it, to ``config``."""
    return _assigns(RECONFIGURE, "config")


def the_first_configuration_is_assigned() -> bool:
    """Return whether a master that starts assigns what it has loaded to ``config``."""
    return _assigns(START, "config")


def _assigns(target: Target, attribute: str) -> bool:
    instructions = dis.get_instructions(inspect.unwrap(target.value()))
    return any(each.opname == "STORE_ATTR" and each.argval == attribute for each in instructions)


def _class_of(method: Target) -> Any:
    owner, _ = method.owner()
    return owner
