"""``buildbot-keychain run``: runs one command with secrets, and hides them in what it prints.

The command gets them as variables of its own environment, or as files in memory whose paths are in
variables. The files are removed when it ends, and so they are if we are killed. Its exit status, or
the signal that has ended it, is ours. What it prints is redacted as by ``redact``; a program that
needs a terminal for its output can have ours, and is not redacted then.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from buildbot_keychain import utf8
from buildbot_keychain.cli import _known_secrets, _memory_files, _programs, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.cli._times import format_time
from buildbot_keychain.cli.store import _access, _names
from buildbot_keychain.errors import quote
from buildbot_keychain.redaction import Audience, RedactionPolicy, Redactor
from buildbot_keychain.secretive import secretive

if TYPE_CHECKING:
    from buildbot_keychain.cli._terminal import Terminal

_MOST_IN_VARIABLE = 1 << 17
"""Bytes of a variable with its name, execve(2)."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Wanted(NamedTuple):
    variable: str
    secret: str


@secretive
class _Found:
    """A value, and whether it is hidden."""

    def __init__(self, content: bytes, redact: bool) -> None:  # noqa: FBT001 - in its order
        self.content = content
        self.redact = redact


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="VARIABLE=SECRET",
        help="give the command this variable with the value of a secret; can be repeated",
    )
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="VARIABLE=SECRET",
        help="give it the path of a file in memory with the value; can be repeated",
    )
    parser.add_argument(
        "--unredacted",
        action="store_true",
        help="let it have this terminal itself; what it prints is not redacted",
    )
    parser.add_argument(
        "--on-disk",
        action="store_true",
        help="allow the files on a disk where there is no file system in memory",
    )
    _access.add_arguments(parser)
    parser.add_argument("--quiet", "-q", action="store_true", help="print errors, and nothing else")
    parser.add_argument(
        "command_line",
        nargs=argparse.REMAINDER,
        metavar="-- COMMAND ...",
        help="the command and its arguments",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run a command, and end as it does."""
    command = arguments.command_line[arguments.command_line[:1] == ["--"] :]
    if not command:
        raise UsageError("no command to run: add -- COMMAND")
    variables = [_wanted(text, "--env") for text in arguments.env]
    files = [_wanted(text, "--file") for text in arguments.file]
    if not variables and not files:
        raise UsageError("no secret for the command: add --env VARIABLE=SECRET or --file")
    with contextlib.ExitStack() as stack:
        paths = {}
        if files:
            on_disk = arguments.on_disk
            directory = stack.enter_context(_memory_files.private_directory(on_disk=on_disk))
            paths = {wanted: directory / str(number) for number, wanted in enumerate(files)}
        values = _look_up(arguments, {wanted.secret for wanted in (*variables, *files)})
        environment = dict(os.environ)
        for variable, secret in variables:
            environment[variable] = _for_environment(variable, secret, values[secret].content)
        for (variable, secret), path in paths.items():
            _memory_files.write(path, values[secret].content)
            environment[variable] = str(path)
        audience = None
        if not arguments.unredacted:
            audience = _audience(values, _terminal.Terminal(quiet=arguments.quiet))
        try:
            status = _programs.run_program(command, environment, audience)
        except _programs.NotStartedError as error:
            _terminal.Terminal().message(str(error))
            return error.exit_status
    return _programs.end_like(status)


def _wanted(text: str, option: str) -> _Wanted:
    variable, _, secret = text.partition("=")
    if not _VARIABLE.fullmatch(variable) or not secret:
        # The argument may be a value that was put there by mistake: it is not repeated.
        msg = f"{option} needs VARIABLE=SECRET: letters, digits and '_', and the name of a secret"
        raise UsageError(msg)
    return _Wanted(variable, secret)


def _look_up(arguments: argparse.Namespace, wanted: Collection[str]) -> dict[str, _Found]:
    """Return the values of secrets, and note that they were used."""
    now = _access.now()
    found = {}
    with _access.opened(arguments) as store:
        for secret in sorted(wanted):
            named = _names.parse(secret)
            value = _names.require_value(store.secrets, named)
            expired = value.metadata.expired_at(now)
            if expired is not None:
                msg = f"secret {quote(secret)} expired on {format_time(expired)}"
                raise CommandError(msg)
            _names.note_use(store.secrets, named.name, now)
            found[secret] = _Found(_names.content(value, named), value.metadata.redact)
    return found


def _for_environment(variable: str, secret: str, content: bytes) -> str:
    if b"\0" in content:
        msg = f"secret {quote(secret)} has a byte 0, which no variable can hold: use --file"
        raise CommandError(msg)
    if len(variable) + len(content) + len("=\0") > _MOST_IN_VARIABLE:
        msg = f"secret {quote(secret)} is larger than a variable can be, 128 KiB: use --file"
        raise CommandError(msg)
    return os.fsdecode(content)


def _audience(values: Mapping[str, _Found], terminal: Terminal) -> Audience:
    """Return what hides the values, but those that need not be hidden."""
    redactor = Redactor(RedactionPolicy.ansi())
    for secret, value in values.items():
        if not value.redact:
            continue
        text = utf8.decode(value.content)
        if text is None:
            # Also to those who want no messages: what is printed has the value.
            _terminal.Terminal().message(
                f"secret {quote(secret)} is not a text, and not hidden as it is"
            )
        else:
            _known_secrets.add(redactor, secret, text, terminal.message)
    return redactor.seen_by(None)


COMMAND = Command(
    "run",
    "run a command with secrets, which are hidden in what it prints",
    """\
examples:
  buildbot-keychain run --env TOKEN=deploy/token -- ./deploy.sh production
  buildbot-keychain run --file KEY=deploy/ssh-key -- sh -c 'ssh -i "$KEY" host uptime'
  buildbot-keychain run --env PGPASSWORD=db/password --unredacted -- psql -h db""",
    add_arguments,
    run,
)
