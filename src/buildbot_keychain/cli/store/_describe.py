"""``buildbot-keychain describe`` and ``history``: all that is known of a secret but its values."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli._times import format_time
from buildbot_keychain.cli.store import _access, _names
from buildbot_keychain.cli.store._facts import facts, strength

if TYPE_CHECKING:
    from buildbot_keychain.store.journal import Entry

_WIDTH = 13
"""Columns of what a line is about."""


def _add_describe_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the secret: NAME or NAME@VERSION")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser)


def _describe(arguments: argparse.Namespace) -> ExitStatus:
    named = _names.parse(arguments.name)
    with _access.opened(arguments) as store:
        secrets = store.secrets
        found = secrets.describe(named.name, named.version)
        if found is None:
            raise _names.missing(secrets, named.name)
        known = facts(found)
        known["versions"] = [one.version for one in secrets.versions(named.name)]
        is_told = not found.deleted and not arguments.server
        known["strength"] = strength(secrets, found) if is_told else None
    if arguments.json:
        _standard_streams.print_line(json.dumps(known))
        return ExitStatus.SUCCESS
    for key, value in known.items():
        text = _words(key, value)
        if text is not None:
            _standard_streams.print_line(f"{key + ':':{_WIDTH}}{printable(text)}")
    return ExitStatus.SUCCESS


def _words(key: str, value: Any) -> str | None:  # noqa: ANN401 - what JSON has
    """Return a fact for people, or ``None`` where there is nothing to say."""
    if key == "redact":
        return None if value else "no: it is public, and shown in logs"
    if key == "allowed":
        return (
            "all builders that the policy allows" if value is None else ", ".join(value) or "none"
        )
    if key == "used":
        return value or "never"
    if key == "versions":
        return ", ".join(map(str, value))
    if key == "tags":
        return ", ".join(value) or None
    return None if value in {None, ""} else str(value)


def _add_history_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the secret")
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser)


def _history(arguments: argparse.Namespace) -> ExitStatus:
    name = _names.plain(arguments.name)
    with _access.opened(arguments) as store:
        if store.secrets.describe(name) is None:
            raise _names.missing(store.secrets, name)
        kept = {one.version for one in store.secrets.versions(name)}
        entries = store.secrets.history(name)
    for entry in entries:
        line = _as_json(entry, kept) if arguments.json else _as_text(entry, kept)
        _standard_streams.print_line(line)
    return ExitStatus.SUCCESS


def _as_json(entry: Entry, kept: set[int]) -> str:
    operation, _, name = entry.operation.partition(" ")
    return json.dumps(
        {
            "time": format_time(entry.time),
            "operation": operation,
            "name": name or None,
            "version": entry.version,
            "kept": entry.version in kept,
            "actor": entry.actor,
        }
    )


def _as_text(entry: Entry, kept: set[int]) -> str:
    gone = "" if entry.version in kept else "  (not kept)"
    what = printable(entry.operation)
    return f"{format_time(entry.time)}  {entry.version:>4}  {printable(entry.actor)}: {what}{gone}"


DESCRIBE = Command(
    "describe",
    "show what is known of a secret but its value",
    """\
examples:
  buildbot-keychain describe deploy/token
  buildbot-keychain describe deploy/token@2 --json""",
    _add_describe_arguments,
    _describe,
)

HISTORY = Command(
    "history",
    "show who did what to a secret, and when",
    """\
examples:
  buildbot-keychain history deploy/token
  buildbot-keychain history deploy/token --json""",
    _add_history_arguments,
    _history,
)
