"""Keeps secrets out of what a worker writes into its own log: a command's argv and environment.

A stock worker logs both before it starts a command. It leaves out what the master marks: elements
``("obfuscated", real, displayed)`` of an argument list (buildbot_worker, ``runprocess.py``), and
the environment as a whole with ``logEnviron=False``; `_old_workers` is for those that leave out
less.
So secrets are marked here, at the last place on the master that sees a command; the command itself
runs with the true values.

A string that a shell runs has no elements. On POSIX it is sent as what the worker would make of it,
``/bin/sh -c STRING``; on Windows, where the worker writes it into a batch file, unaltered.
Buildbot's experimental msgpack protocol carries no marks, and its workers log every message: there
commands are sent unaltered too, and the step's log says what that means.
"""

from __future__ import annotations

from typing import Any

from buildbot.worker.protocols import msgpack

from buildbot_keychain.buildbot.commands._old_workers import (
    logs_marked_arguments,
    move_to_environment,
)
from buildbot_keychain.buildbot.commands._variables import escape_secrets
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import Redacts, redact_value

_MSGPACK_NOTICE = (
    " this command contains secrets, and a worker that is connected by the msgpack protocol writes "
    "whole commands into its twistd.log: connect it by protocol='pb'\n"
)

ENVIRONMENT_NOTICE = (
    " environment set by the step (it contains secrets: not logged by the worker)\n"
)
"""What comes before the environment in the log of a step."""


def hide_from_worker_log(audience: Audience, command: Any) -> tuple[dict[str, Any], str]:
    """Return the arguments to send `command` with, and a notice for its log or ``""``.

    :param command: Buildbot's ``RemoteCommand``, about to be sent; it is not altered.
    """
    args: dict[str, Any] = command.args
    argv = args.get("command")
    system = _system_of(command.step)
    marked = _mark_command(audience, argv, system)
    environment = args.get("env") or {}
    clean = redact_value(audience, environment)
    secret_environment = clean is not environment
    if secret_environment:
        environment = escape_secrets(audience, environment)
        args = {**args, "env": environment}
    if isinstance(command.conn, msgpack.Connection):
        return args, _MSGPACK_NOTICE if marked != argv or secret_environment else ""
    changed: dict[str, Any] = {} if marked == argv else {"command": marked}
    marks = isinstance(marked, list) and any(isinstance(element, tuple) for element in marked)
    if marks and system != "nt" and logs_marked_arguments(command.conn.info.get("version")):
        changed["command"], variables = move_to_environment(marked)
        changed.update(env={**environment, **variables}, logEnviron=False)
    notice = ""
    if secret_environment:
        if args.get("logEnviron", True):
            notice = ENVIRONMENT_NOTICE
            notice += "".join(f"  {name}={value}\n" for name, value in sorted(clean.items()))
        changed["logEnviron"] = False
    return {**args, **changed}, notice


def _mark_command(audience: Redacts, command: Any, system: str) -> Any:
    if isinstance(command, (str, bytes)):
        clean = redact_value(audience, command)
        if clean == command or system == "nt":
            return command
        return ["/bin/sh", "-c", ("obfuscated", command, clean)]
    if isinstance(command, (list, tuple)):
        return [_mark_element(audience, element) for element in command]
    return command


def _mark_element(audience: Redacts, element: Any) -> Any:
    if isinstance(element, (str, bytes)):
        clean = redact_value(audience, element)
        return element if clean == element else ("obfuscated", element, clean)
    if isinstance(element, tuple) and len(element) == 3 and element[0] == "obfuscated":  # noqa: PLR2004
        return (element[0], element[1], redact_value(audience, element[2]))
    return element


def _system_of(step: Any) -> str:
    """Return the worker's ``os.name``; one that did not report any counts as POSIX."""
    return str(getattr(step.build.workerforbuilder.worker, "worker_system", None) or "posix")
