"""Keeps secrets out of what a worker writes into its own log: a command's argv and environment.

A stock worker logs both before it starts a command. It leaves out what the master marks: elements
``("obfuscated", real, shown)`` of an argument list (buildbot_worker, ``runprocess.py``), and the
environment as a whole under ``logEnviron=False``; `old_workers` is for those that do less. So what
holds a secret is marked here, at the last place on the master; the command itself runs with the
true values.

A string that a shell runs has no elements: on POSIX it is sent as what the worker would make of
it, ``/bin/sh -c STRING``. On Windows, where the worker writes it into a batch file, it is sent as
it is. Over Buildbot's experimental msgpack protocol, which carries no such marks and whose workers
log every message, commands are sent as they are too, and the step's log says what that means.
"""

from __future__ import annotations

from typing import Any

from buildbot.worker.protocols import msgpack

from buildbot_keychain.buildbot.environment import with_literal_secrets
from buildbot_keychain.buildbot.old_workers import by_environment, logs_marked_arguments
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import Redacts, redact_value

_MSGPACK_NOTICE = (
    " this command holds secrets, and over the msgpack protocol a worker writes whole commands "
    "into its twistd.log: connect it by protocol='pb'\n"
)


def shielded(redactor: Redactor, command: Any) -> tuple[dict[str, Any], str]:
    """Give the arguments that `command` is to be sent with, and a notice for its log or ``""``.

    :param command: Buildbot's ``RemoteCommand``, about to be sent; it is not altered.
    """
    args: dict[str, Any] = command.args
    argv = args.get("command")
    system = _system_of(command.step)
    marked = _marked_command(redactor, argv, system)
    environment = args.get("env") or {}
    shown = redact_value(redactor, environment)
    secret_environment = shown is not environment
    if secret_environment:
        environment = with_literal_secrets(redactor, environment)
        args = {**args, "env": environment}
    if isinstance(command.conn, msgpack.Connection):
        # It carries no tuples, so no marks either, and its workers log what they are sent.
        return args, _MSGPACK_NOTICE if marked != argv or secret_environment else ""
    changed: dict[str, Any] = {} if marked == argv else {"command": marked}
    marks = isinstance(marked, list) and any(isinstance(element, tuple) for element in marked)
    if marks and system != "nt" and logs_marked_arguments(command.conn.info.get("version")):
        changed["command"], variables = by_environment(marked)
        changed.update(env={**environment, **variables}, logEnviron=False)
    notice = ""
    if secret_environment:
        if args.get("logEnviron", True):
            notice = " environment set by the step (it holds secrets: not logged by the worker)\n"
            notice += "".join(f"  {name}={value}\n" for name, value in sorted(shown.items()))
        changed["logEnviron"] = False
    return {**args, **changed}, notice


def _marked_command(redactor: Redacts, command: Any, system: str) -> Any:
    if isinstance(command, (str, bytes)):
        shown = redact_value(redactor, command)
        if shown == command or system == "nt":
            return command
        return ["/bin/sh", "-c", ("obfuscated", command, shown)]
    if isinstance(command, (list, tuple)):
        return [_marked_element(redactor, element) for element in command]
    return command


def _marked_element(redactor: Redacts, element: Any) -> Any:
    if isinstance(element, (str, bytes)):
        shown = redact_value(redactor, element)
        return element if shown == element else ("obfuscated", element, shown)
    if isinstance(element, tuple) and len(element) == 3 and element[0] == "obfuscated":  # noqa: PLR2004
        return (element[0], element[1], redact_value(redactor, element[2]))
    return element


def _system_of(step: Any) -> str:
    """Give the worker's ``os.name``; what it did not tell counts as POSIX."""
    return str(getattr(step.build.workerforbuilder.worker, "worker_system", None) or "posix")
