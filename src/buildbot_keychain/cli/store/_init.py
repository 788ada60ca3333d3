"""``buildbot-keychain init``: makes a store and its keys.

Everything is asked before anything is made, so whoever interrupts a question has changed nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import stat
from collections.abc import Sequence
from pathlib import Path

from buildbot_keychain.cli import _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli.store import _access, _wrapping

_OTHERS_WRITE = 0o022


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    _wrapping.add_arguments(parser, "what opens the keys (nothing, if none of these is given)")
    parser.add_argument(
        "--beside-database",
        action="store_true",
        help="keep the keys beside the database, although a copy of the directory has both then",
    )
    parser.add_argument(
        "--use-ring",
        action="store_true",
        help="the file of the keys is there, as an attempt to make the database was interrupted",
    )
    _access.add_arguments(parser, config=False)
    _terminal.add_arguments(parser, results=False)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Make a store where there is none."""
    if arguments.use_ring and (arguments.passphrase or arguments.recipient or arguments.transit):
        raise UsageError(
            "--use-ring takes the keys as they are: leave --passphrase, --recipient and --transit "
            "out"
        )
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    where = _access.place(arguments)
    with _access.opening(), contextlib.ExitStack() as stack:
        from buildbot_keychain.store.creation import create_store  # noqa: PLC0415 - it is slow
        from buildbot_keychain.store.database import Database  # noqa: PLC0415 - it is slow
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - it is slow

        database = Database(where.url)
        try:
            _require_none(where.key_file, use_ring=arguments.use_ring)
            if database.path is not None and not arguments.beside_database:
                RingFile(where.key_file).require_apart_from(database.path)
            database.require_empty()
            unwrappers = where.unwrappers() if arguments.use_ring else ()
            transit = _wrapping.transit(arguments, stack)
            wrappers = _wrapping.wrappers(arguments, terminal)
            wrappers += () if transit is None else (transit,)
            paths = [where.key_file, *([database.path] if database.path is not None else [])]
            for directory in dict.fromkeys(path.parent for path in paths):
                if _make_private(directory):
                    terminal.message(f"made the directory {directory}, which only you can open")
            create_store(
                database,
                RingFile(where.key_file, unwrappers),
                now=_access.now(),
                actor=_access.actor(),
                wrappers=wrappers,
                use_ring=arguments.use_ring,
                beside_database=arguments.beside_database,
            )
            opened_by = [f"{wrap.kind} {wrap.label}" for wrap in RingFile(where.key_file).wraps()]
        finally:
            database.close()
    for line in _advice(where, database.name, opened_by):
        terminal.message(line)
    return ExitStatus.SUCCESS


def _require_none(key_file: Path, *, use_ring: bool) -> None:
    if os.path.lexists(key_file) and not use_ring:
        msg = (
            f"there is a file {key_file} already, which is not replaced: the store that it opens "
            "would be lost; if it is from an attempt that was interrupted, add --use-ring"
        )
        raise CommandError(msg)


def _make_private(directory: Path) -> bool:
    """Make a directory that only we can open, if there is none, and return whether there was none.

    :raise CommandError: when it cannot be made, or others could put another one in its place.
    """
    command = f"mkdir -p -m 700 {shlex.quote(str(directory))}"
    try:
        if directory.exists():
            return False
        found = directory.parent.stat()
    except OSError as error:
        msg = f"cannot make the directory {directory}: {error.strerror}; run: {command}"
        raise CommandError(msg) from error
    replaceable = found.st_mode & _OTHERS_WRITE and not found.st_mode & stat.S_ISVTX
    if replaceable or found.st_uid not in {0, os.geteuid()}:
        msg = (
            f"the directory {directory} was not made: others may write to {directory.parent}, and "
            f"put another one in its place; if that is meant, run: {command}"
        )
        raise CommandError(msg)
    try:
        directory.mkdir(mode=0o700)
    except OSError as error:
        msg = f"cannot make the directory {directory}: {error.strerror}; run: {command}"
        raise CommandError(msg) from error
    return True


def _advice(where: _access.Place, database: str, opened_by: Sequence[str]) -> Sequence[str]:
    made = f"made a store in {database}, and its keys in {where.key_file}"
    whose = "the keys are not wrapped: whoever can read that file has them"
    if opened_by:
        whose = f"the keys are opened by {', or '.join(opened_by)}, and by nothing else"
    lines = [made, whose]
    if os.geteuid() == 0:
        lines.append("both belong to root: a master that another user runs cannot use them")
    copy = "copy the file of the keys to a safe place now, apart from the backups of the database: "
    return [*lines, f"{copy}without it, nobody can read what is in the store"]


COMMAND = Command(
    "init",
    "make a store, and the keys that open it",
    """\
examples:
  buildbot-keychain init --store sqlite:////srv/master/secrets/secrets.sqlite
      --key-file /etc/buildbot-keychain/ring
  buildbot-keychain init --passphrase alice --passphrase bob
  buildbot-keychain init --recipient age1qyqszqgp...
  buildbot-keychain init --transit https://vault:8200/transit/ring""",
    add_arguments,
    run,
)
