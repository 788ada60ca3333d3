"""``buildbot-keychain verify``: opens all that is in a store, or in a backup of one.

Prints what does not open, a line each, and then ends with the status 1. Values are opened and
dropped; nothing of them is shown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli.store import _access
from buildbot_keychain.cli.store._facts import key_facts
from buildbot_keychain.cli.store._times import format_time

if TYPE_CHECKING:
    from buildbot_keychain.store.rotation import KeyUse
    from buildbot_keychain.store.verification import Report

_USES = {
    "primary": "it seals",
    "waiting": "it waits to be promoted",
    "older": "it is being replaced",
    "retired": "keep it as long as there are backups from before the next key",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--backup",
        metavar="FILE",
        help="open this backup of a database instead, with the keys of --key-file, which may be "
        "their backup",
    )
    parser.add_argument(
        "--accept-rollback",
        action="store_true",
        help="accept a database that is older than what was seen of it, as after a restore",
    )
    _access.add_arguments(parser)
    _terminal.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Open everything, and say what does not open."""
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    if arguments.backup and arguments.accept_rollback:
        raise UsageError("--accept-rollback is about the store itself, not about a backup")
    keys: Sequence[KeyUse] = ()
    if arguments.backup:
        report = _verify_backup(arguments)
    else:
        accepted = arguments.accept_rollback
        with _access.opened(arguments, accept_rollback=accepted) as store:
            report = store.verify()
            keys = store.rotation.known_keys()
    if arguments.json:
        _standard_streams.print_line(json.dumps(_facts(report, keys)))
    else:
        for problem in report.problems:
            _standard_streams.print_line(printable(problem))
        for key in keys:
            since = format_time(key.created)
            terminal.message(
                f"key {key.id.hex()} of {since} seals {key.data_keys} versions: {_USES[key.use]}"
            )
        terminal.message(_summary(report))
    return ExitStatus.FOUND if report.problems else ExitStatus.SUCCESS


def _verify_backup(arguments: argparse.Namespace) -> Report:
    where = _access.place_of_keys(arguments)
    with _access.opening():
        from buildbot_keychain.store.backups import verify_backup  # noqa: PLC0415 - it is slow
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - the same

        ring_file = RingFile(where.key_file, where.unwrappers())
    return verify_backup(arguments.backup, ring_file)


def _summary(report: Report) -> str:
    what = (
        f"{report.secrets} secrets with {report.versions} versions, and {report.entries} entries "
        "of the journal"
    )
    if not report.problems:
        return f"all of it opens: {what}"
    count = len(report.problems)
    return f"{count} {'thing does' if count == 1 else 'things do'} not open; looked at {what}"


def _facts(report: Report, keys: Sequence[KeyUse]) -> dict[str, Any]:
    return {
        "secrets": report.secrets,
        "versions": report.versions,
        "entries": report.entries,
        "problems": list(report.problems),
        "keys": [key_facts(key) for key in keys],
    }


COMMAND = Command(
    "verify",
    "open all of a store or a backup, and say what does not open",
    """\
examples:
  buildbot-keychain verify
  buildbot-keychain verify --backup /backup/store/2026-11-29 --key-file /media/keys/2026-11-29
  buildbot-keychain verify --accept-rollback""",
    add_arguments,
    run,
)
