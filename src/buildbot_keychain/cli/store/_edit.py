"""``buildbot-keychain edit``: changes a value with an editor, in a file that is never on a disk.

The file is in memory, closed to others, and overwritten and removed whatever happens. An editor
that fails changes nothing, and neither does one that leaves the value as it was. If the store does
not take what it has left, it can be opened again, with that. What an editor keeps elsewhere, such
as a history of what was cut, is its own: it can be told not to.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
from pathlib import Path

from buildbot_keychain import utf8
from buildbot_keychain.cli import _memory_files, _programs, _prompt, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli.store import _access, _names
from buildbot_keychain.errors import StoreError, quote
from buildbot_keychain.store.names import SecretName
from buildbot_keychain.store.values import MAX_SIZE

_EDITORS = ("sensible-editor", "vi")
"""What is run where VISUAL and EDITOR are not set."""

_UNCHANGED = "nothing was changed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", metavar="NAME", help="the secret; its value must be a text")
    parser.add_argument(
        "--on-disk",
        action="store_true",
        help="allow the file on a disk where there is no file system in memory",
    )
    _access.add_arguments(parser)
    parser.add_argument("--quiet", "-q", action="store_true", help="print errors, and nothing else")


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Let a person change a value, and store a new version if they did."""
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    editor, name = _editor(), _names.plain(arguments.name)
    with (
        _memory_files.private_directory(on_disk=arguments.on_disk) as directory,
        _access.opened(arguments) as store,
    ):
        value = _names.require_value(store.secrets, SecretName(name))
        before = value.content
        if utf8.decode(before) is None or value.metadata.kind.name != "TEXT":
            msg = (
                f"secret {quote(name)} is not a text: replace it with buildbot-keychain set --file"
            )
            raise CommandError(msg)
        path = directory / "value"
        _memory_files.write(path, before)
        expected, number = value.version, None
        while number is None:
            _run_editor(editor, path)
            try:
                text = _edited(path, before)
                if text is None:
                    terminal.message(f"the value is as it was; {_UNCHANGED}")
                    return ExitStatus.SUCCESS
                number = store.secrets.set(name, text, now=_access.now(), expected=expected)
            except (CommandError, StoreError) as error:
                _require_another_attempt(error)
                with contextlib.suppress(StoreError):  # it may be unavailable
                    expected = _names.current_version(store.secrets, name)
    terminal.message(f"secret {quote(name)} has version {number} now")
    return ExitStatus.SUCCESS


def _require_another_attempt(error: CommandError | StoreError) -> None:
    """Ask whether a person goes on with what they have typed, which was not stored.

    :raise CommandError: when they do not, or there is no terminal to ask at.
    """
    if not _prompt.is_possible():
        msg = f"{error}; what was typed is not kept"
        raise CommandError(msg) from error
    _terminal.Terminal().message(str(error))
    _prompt.require_confirmed("open the editor again, with what was typed?", yes=False)


def _editor() -> list[str]:
    """Return the command that starts the editor.

    :raise CommandError: when there is none.
    """
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    try:
        words = shlex.split(given or "")
    except ValueError as error:
        raise CommandError(
            "the editor in VISUAL or EDITOR has a quote that does not end"
        ) from error
    if words:
        return words
    found = next((editor for editor in _EDITORS if shutil.which(editor)), None)
    if found is None:
        raise CommandError("there is no editor: set VISUAL or EDITOR")
    return [found]


def _run_editor(editor: list[str], path: Path) -> None:
    status = _programs.run_program([*editor, str(path)])
    if status:
        how = f"status {status}" if status > 0 else f"signal {-status}"
        msg = f"the editor ended with {how}; {_UNCHANGED}"
        raise CommandError(msg)


def _edited(path: Path, before: bytes) -> str | None:
    """Return what the editor has left, or ``None`` where that is what was there before.

    A line end at the end, which editors add, is left out where there was none.

    :raise CommandError: when it cannot be a value.
    """
    try:
        with path.open("rb") as file:
            after = file.read(MAX_SIZE + 2)
    except OSError as error:
        msg = f"the editor has left no file ({error.strerror}); {_UNCHANGED}"
        raise CommandError(msg) from error
    if not before.endswith(b"\n"):
        after = after.removesuffix(b"\n")
    text = utf8.decode(after)
    if text is None:
        msg = f"what the editor has left is not UTF-8; {_UNCHANGED}"
        raise CommandError(msg)
    if not text:
        msg = f"what the editor has left is empty; {_UNCHANGED}"
        raise CommandError(msg)
    return None if after == before else text


COMMAND = Command(
    "edit",
    "change a value with $EDITOR, in a file that is never on a disk",
    """\
examples:
  buildbot-keychain edit deploy/config
  VISUAL='vim --clean -n' buildbot-keychain edit deploy/config""",
    add_arguments,
    run,
)
