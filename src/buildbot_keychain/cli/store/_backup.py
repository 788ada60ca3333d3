"""``buildbot-keychain backup`` and ``restore``: a store in two files, and back.

The database and the keys are written to different places, and whoever has one of the two files has
no value. Nothing is replaced by either command.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from dataclasses import replace
from pathlib import Path

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli.store import _access

_ACCEPT = (
    "whoever saw a later state of the store refuses it: run buildbot-keychain verify "
    "--accept-rollback for these commands; a master's log says which file to remove for it"
)


def add_backup_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``backup``."""
    parser.add_argument(
        "--database",
        metavar="FILE",
        help="write the database to this new file, in a directory of mode 0700",
    )
    parser.add_argument(
        "--keys",
        metavar="FILE",
        help="write the keys to this new file, in another directory of mode 0700",
    )
    parser.add_argument(
        "--beside-database",
        action="store_true",
        help="allow both beside each other: whoever copies that directory can open all",
    )
    _access.add_arguments(parser, files=True)
    _terminal.add_arguments(parser)


def back_up(arguments: argparse.Namespace) -> ExitStatus:
    """Write what was asked for: the database first, as the keys in use are in the ring before."""
    if not arguments.database and not arguments.keys:
        raise UsageError("nothing to write: add --database FILE, --keys FILE, or both")
    database = Path(arguments.database).absolute() if arguments.database else None
    keys = Path(arguments.keys).absolute() if arguments.keys else None
    where = _access.place(arguments)
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    with _access.opening():
        from buildbot_keychain.store import backups  # noqa: PLC0415 - it is slow
        from buildbot_keychain.store.database import Database  # noqa: PLC0415 - the same
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - the same

        source = Database(where.url)
    ring_file = RingFile(where.key_file)
    with contextlib.closing(source):
        if not arguments.beside_database:
            for path in (database, source.path):
                if keys is not None and path is not None:
                    RingFile(keys).require_apart_from(path)
            if database is not None:
                ring_file.require_apart_from(database)
        if database is not None:
            backups.back_up_database(source, database)
        if keys is not None:
            ring_file.copy_to(keys)
    if keys is not None and not ring_file.wraps():
        terminal.message(f"the keys in {keys} are not wrapped: whoever reads the file has them")
    written = {"database": database, "keys": keys}
    if arguments.json:
        shown = {name: str(path) for name, path in written.items() if path is not None}
        _standard_streams.print_line(json.dumps(shown))
    else:
        names = " and ".join(str(path) for path in written.values() if path is not None)
        terminal.message(f"wrote {names}; prove it with: buildbot-keychain verify --backup")
    return ExitStatus.SUCCESS


def add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``restore``."""
    parser.add_argument(
        "--database", metavar="FILE", help="the backup of the database; it must be given"
    )
    parser.add_argument(
        "--keys",
        metavar="FILE",
        help="the backup of the keys, to restore them too; by default the keys are there",
    )
    parser.add_argument(
        "--beside-database",
        action="store_true",
        help="allow the file of the keys beside the database",
    )
    parser.add_argument(
        "--accept-damage",
        action="store_true",
        help="restore a backup of which some secrets do not open",
    )
    _access.add_arguments(parser, files=True)
    _terminal.add_arguments(parser)


def restore(arguments: argparse.Namespace) -> ExitStatus:
    """Restore a store where there is none."""
    if not arguments.database:
        raise UsageError("nothing to restore: add --database FILE")
    where = _access.place(arguments)
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    with _access.opening():
        from buildbot_keychain.store import backups  # noqa: PLC0415 - it is slow
        from buildbot_keychain.store.database import Database  # noqa: PLC0415 - the same
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - the same

        keys = Path(arguments.keys).absolute() if arguments.keys else where.key_file
        unwrappers = replace(where, key_file=keys).unwrappers()
        target = Database(where.url)
    with contextlib.closing(target):
        report = backups.restore(
            arguments.database,
            target,
            RingFile(where.key_file, unwrappers),
            ring_backup=RingFile(keys, unwrappers) if arguments.keys else None,
            beside_database=arguments.beside_database,
            accept_damage=arguments.accept_damage,
        )
    if arguments.json:
        shown = {
            "secrets": report.secrets,
            "versions": report.versions,
            "problems": list(report.problems),
        }
        _standard_streams.print_line(json.dumps(shown))
    else:
        for problem in report.problems:
            _standard_streams.print_line(printable(problem))
        terminal.message(
            f"restored {report.secrets} secrets with {report.versions} versions; {_ACCEPT}"
        )
    return ExitStatus.UNCHECKED if report.problems else ExitStatus.SUCCESS


COMMANDS = (
    Command(
        "backup",
        "write database and keys of a store to files in different places",
        """\
examples:
  buildbot-keychain backup --database /backup/store/2026-11-29 --keys /media/keys/2026-11-29
  buildbot-keychain backup --database /backup/store/2026-11-30 --quiet""",
        add_backup_arguments,
        back_up,
    ),
    Command(
        "restore",
        "restore a store from its backup, where there is none",
        """\
examples:
  buildbot-keychain restore --database /backup/store/2026-11-29
  buildbot-keychain restore --database /backup/store/2026-11-29 --keys /media/keys/2026-11-29""",
        add_restore_arguments,
        restore,
    ),
)
