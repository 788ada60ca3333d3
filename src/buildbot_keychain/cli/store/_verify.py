"""``buildbot-keychain verify``: opens all that is in a store, or in a backup of one.

Prints what does not open, a line each, and then ends with the status 1. Values are opened and
dropped; nothing of them is shown.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli._times import format_time
from buildbot_keychain.cli.store import _access
from buildbot_keychain.cli.store._facts import key_facts
from buildbot_keychain.errors import StoreError

if TYPE_CHECKING:
    from buildbot_keychain.store.rotation import KeyUse
    from buildbot_keychain.store.verification import Report

_USES = {
    "primary": "it seals",
    "waiting": "it waits to be promoted",
    "older": "it is being replaced",
    "retired": "it is retired",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--backup",
        action="append",
        default=[],
        metavar="FILE",
        help="open this backup of a database instead, with the keys of --key-file, which may be "
        "their backup, and say which of those it needs; can be repeated",
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
    if arguments.backup:
        if arguments.accept_rollback:
            raise UsageError("--accept-rollback is about the store itself, not about a backup")
        return _verify_backups(arguments, terminal)

    def show(done: int, total: int) -> None:
        terminal.progress_bar(done, total, f"{done} of {total} secrets")

    with _access.opened(arguments, accept_rollback=arguments.accept_rollback) as store:
        report = store.verify(show)
        keys = store.rotation.known_keys()
    terminal.clear_status()
    if arguments.json:
        facts = _facts(report) | {"keys": [key_facts(key) for key in keys]}
        _standard_streams.print_line(json.dumps(facts))
    else:
        for problem in report.problems:
            _standard_streams.print_line(printable(problem))
        for key in keys:
            terminal.message(_of_key(key))
        terminal.message(_summary(report))
    return ExitStatus.FOUND if report.problems else ExitStatus.SUCCESS


def _of_key(key: KeyUse) -> str:
    text = f"key {key.id.hex()} of {format_time(key.created)} seals {key.data_keys} versions: "
    text += _USES[key.use]
    if key.use == "retired" and key.replaced:
        text += (
            f", and backups from before {format_time(key.replaced)} need it; verify --backup FILE "
            "says of each which keys it needs"
        )
    return text


def _verify_backups(arguments: argparse.Namespace, terminal: _terminal.Terminal) -> ExitStatus:
    """Open backups, and say which keys of the ring each of them needs."""
    where = _access.place_of_keys(arguments)
    with _access.opening():
        from buildbot_keychain.store.backups import verify_backup  # noqa: PLC0415 - it is slow
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - the same

        ring_file = RingFile(where.key_file, where.unwrappers())
        ring = ring_file.read()
    needed_by: dict[bytes, list[str]] = {key.id: [] for key in ring.keys}
    status = ExitStatus.SUCCESS
    for path in arguments.backup:
        try:
            report = verify_backup(path, ring_file)
        except StoreError as error:
            if len(arguments.backup) == 1:
                raise
            _standard_streams.print_line(printable(f"{path}: {error}"))
            status = ExitStatus.FOUND
            continue
        needed = sorted(kid.hex() for kid in report.needed)
        for kid in report.needed & needed_by.keys():
            needed_by[kid].append(path)
        if report.problems:
            status = ExitStatus.FOUND
        if arguments.json:
            facts = {"backup": path, **_facts(report), "needs": needed}
            _standard_streams.print_line(json.dumps(facts))
        else:
            for problem in report.problems:
                _standard_streams.print_line(printable(problem))
            terminal.message(f"{path}: {_summary(report)}; it needs the key {', '.join(needed)}")
    for key in () if arguments.json else ring.keys:
        use = "is retired" if ring.is_retired(key.id) else "seals, or may seal"
        of = ", ".join(needed_by[key.id]) or "none of these backups"
        terminal.message(f"key {key.id.hex()} of {format_time(key.created)} {use}: needed by {of}")
    return status


def _summary(report: Report) -> str:
    what = (
        f"{report.secrets} secrets with {report.versions} versions, and {report.entries} entries "
        "of the journal"
    )
    if not report.problems:
        return f"all of it opens: {what}"
    count = len(report.problems)
    return f"{count} {'thing does' if count == 1 else 'things do'} not open; looked at {what}"


def _facts(report: Report) -> dict[str, Any]:
    return {
        "secrets": report.secrets,
        "versions": report.versions,
        "entries": report.entries,
        "problems": list(report.problems),
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
