"""Where a new value comes from: a hidden prompt, standard input or a file.

**The end of a line.** A value of one line loses its line end, as a prompt has none, ``echo`` adds
one, and a password never has one. A value of several lines is kept as it is: private keys and
certificates need their last line end. With ``--bytes``, nothing is ever dropped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from buildbot_keychain import utf8
from buildbot_keychain.cli import _prompt, _standard_streams
from buildbot_keychain.cli._exit import CommandError
from buildbot_keychain.errors import quote
from buildbot_keychain.store.values import MAX_SIZE, without_line_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where a value comes from."""
    group = parser.add_argument_group(
        "where the value comes from (by default, a hidden prompt, or standard input)"
    )
    group.add_argument("--file", metavar="PATH", type=Path, help="the content of this file")
    group.add_argument(
        "--bytes",
        action="store_true",
        help="keep it byte for byte, as it is no text; otherwise it is UTF-8, and a value of one "
        "line loses its line end",
    )


def read(arguments: argparse.Namespace, name: str) -> str | bytes:
    """Return the new value of a secret.

    :raise CommandError: when it cannot be read, is empty, too long, or not what it should be.
    """
    if arguments.file is not None:
        content = _from_file(arguments.file)
    elif _is_terminal() and not arguments.bytes:
        content = _prompt.ask_hidden_twice(f"value of {quote(name)}").encode("utf-8")
    else:
        content = _from_standard_input()
    if len(content) > MAX_SIZE:
        raise CommandError(f"the value is longer than {MAX_SIZE >> 20} MiB; nothing was changed")
    value = content if arguments.bytes else _text(content)
    if not value:
        raise CommandError("the value is empty; nothing was changed")
    return value


def _text(content: bytes) -> str:
    text = utf8.decode(content)
    if text is None:
        raise CommandError("the value is not UTF-8 text: add --bytes to store it as it is")
    return without_line_end(text)


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error


def _from_standard_input() -> bytes:
    if sys.stdin is None:
        _standard_streams.source()  # which says so
    try:
        return sys.stdin.buffer.read(MAX_SIZE + 1)
    except OSError as error:
        raise CommandError(f"cannot read standard input: {error.strerror}") from error


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
