"""``buildbot-keychain list``: the secrets of a store, without their values.

Goes through the store page by page, so it takes as much memory for many secrets as for a few. No
value is opened unless their strength is asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli._text import Colour, coloured, printable
from buildbot_keychain.cli._times import format_day, format_span
from buildbot_keychain.cli.store import _access
from buildbot_keychain.cli.store._facts import facts, strength
from buildbot_keychain.store.paging import every_secret

if TYPE_CHECKING:
    from buildbot_keychain.store.access import Secrets
    from buildbot_keychain.store.store import Description

_NAMES = 1000
"""Names that are read at once."""

_SOON = 14 * 86_400
"""Seconds before its expiry in which a secret is marked."""

_WIDTHS = {"VERSION": -7, "AGE": -5, "EXPIRES": 10, "USED": -5, "STRENGTH": 8, "DELETED": -7}
"""Characters of each column but the last; negative for numbers."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "pattern",
        nargs="?",
        metavar="PATTERN",
        help="only names that match, such as 'deploy/*', or that are below it, such as deploy",
    )
    parser.add_argument("--tag", metavar="TAG", help="only those that have this tag")
    parser.add_argument(
        "--strength",
        action="store_true",
        help="say which values could be guessed: each is opened for that, which takes a while",
    )
    parser.add_argument(
        "--names",
        action="store_true",
        help="only names, as the database has them: without the keys, so nothing is verified",
    )
    parser.add_argument("--deleted", action="store_true", help="only those that were deleted")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Print a line for each secret."""
    if arguments.names:
        return _print_names(arguments)
    if arguments.strength and arguments.server:
        raise UsageError("--strength opens values, which no server does")
    now = _access.now()
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    count = 0
    with _access.opened(arguments) as store:
        for found in _matching(store.secrets, arguments):
            known = {"strength": strength(store.secrets, found)} if arguments.strength else {}
            if arguments.json:
                line = json.dumps(facts(found) | known)
            else:
                cells = _cells(found, now) | {key.upper(): one for key, one in known.items()}
                if not count:
                    _standard_streams.print_line(_line({name: name for name in cells}))
                line = coloured(_line(cells), _colour(found, known.get("strength"), now))
            _standard_streams.print_line(line)
            count += 1
    if not count and not arguments.json:
        terminal.message(
            "there is no secret of that kind" if _is_narrow(arguments) else "no secret"
        )
    return ExitStatus.SUCCESS


def _print_names(arguments: argparse.Namespace) -> ExitStatus:
    more = arguments.tag, arguments.deleted, arguments.strength, arguments.json, arguments.server
    if any(more):
        raise UsageError(
            "--names goes with a PATTERN alone: nothing else is known without the keys"
        )
    where = _access.found_database(arguments)
    if isinstance(where, Path):
        with _access.opened(arguments) as store:
            for one in every_secret(store.secrets):
                if not one.deleted and _matches(one.name, arguments.pattern):
                    _standard_streams.print_line(printable(one.name))
        return ExitStatus.SUCCESS
    with _access.opening():
        from buildbot_keychain.store.database import Database  # noqa: PLC0415 - it is slow

        database = Database(where)
    with contextlib.closing(database):
        names = [""]
        while names:
            with database.reading() as rows:
                names = rows.names_after(names[-1], _NAMES)
            for name in names:
                if _matches(name, arguments.pattern):
                    _standard_streams.print_line(printable(name))
    return ExitStatus.SUCCESS


def _matching(secrets: Secrets, arguments: argparse.Namespace) -> Iterator[Description]:
    for found in every_secret(secrets):
        if (
            bool(found.deleted) == arguments.deleted
            and _matches(found.name, arguments.pattern)
            and arguments.tag in {None, *found.metadata.tags}
        ):
            yield found


def _matches(name: str, pattern: str | None) -> bool:
    if pattern is None or name == pattern:
        return True
    return name.startswith(f"{pattern.rstrip('/')}/") or fnmatch.fnmatchcase(name, pattern)


def _is_narrow(arguments: argparse.Namespace) -> bool:
    return bool(arguments.pattern or arguments.tag or arguments.deleted)


def _cells(found: Description, now: int) -> dict[str, str | None]:
    known = found.metadata
    cells = {
        "VERSION": str(found.version),
        "AGE": format_span(now - known.created),
        "EXPIRES": None if known.expires is None else format_day(known.expires),
        "USED": format_span(now - found.used) if found.used else None,
        "NAME": printable(found.name),
    }
    return cells | ({"DELETED": format_span(now - found.deleted)} if found.deleted else {})


def _line(cells: Mapping[str, str | None]) -> str:
    """Return a line of the columns that there are; the name comes last, as it may be long."""
    columns = []
    for heading, width in _WIDTHS.items():
        if heading in cells:
            text = cells[heading] or "-"
            columns.append(text.rjust(-width) if width < 0 else text.ljust(width))
    return "  ".join([*columns, cells["NAME"] or ""])


def _colour(found: Description, word: str | None, now: int) -> Colour | None:
    expires = found.metadata.expires
    if found.deleted:
        return Colour.FAINT
    if found.metadata.expired_at(now) is not None:
        return Colour.PROBLEM
    if word == "weak" or (expires is not None and expires - now < _SOON):
        return Colour.WARNING
    return None


COMMAND = Command(
    "list",
    "list the secrets of a store, without their values",
    """\
examples:
  buildbot-keychain list
  buildbot-keychain list --strength --tag prod
  buildbot-keychain list 'deploy/*' --json""",
    add_arguments,
    run,
)
