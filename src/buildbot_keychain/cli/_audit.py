"""``buildbot-keychain audit``: who had which secret, and whether the trail that says it is whole.

Events are read one after the other, and none is kept: a trail may be larger than the memory.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._command import Command, add_config_argument
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli._text import Colour, coloured, printable
from buildbot_keychain.cli._times import parse_time

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_TIME = "a date, such as 2026-11-01T08:00, or a time ago, such as 12h"

_MOST_PROBLEMS = 100
"""Problems of a trail that are shown."""

_KINDS = (
    "administration",
    "approval",
    "decision",
    "hidden",
    "lookup",
    "rotation",
    "trail",
    "typed",
    "use",
    "warning",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is read, and which events are wanted."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=["verify"],
        help="check that no line of the files was removed, changed or moved",
    )
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="PATH",
        help="the file of an AuditToFile; those that were rotated are read as well",
    )
    parser.add_argument(
        "--db-url",
        action="append",
        default=[],
        metavar="URL",
        help="the database of an AuditToDatabase",
    )
    add_config_argument(parser, "without --file and --db-url: the configuration that names them")
    parser.add_argument("--secret", default="", metavar="PATTERN", help="* is anything")
    parser.add_argument("--builder", default="", metavar="PATTERN", help="* is anything")
    parser.add_argument(
        "--person", default="", metavar="PATTERN", help="who approved, typed or asked for the build"
    )
    for name, meaning in (("since", "from then on"), ("until", "before then")):
        parser.add_argument(
            f"--{name}",
            metavar="DATE",
            help=f"{meaning}: 2026-11-01, 2026-11-01T08:00 (in UTC), or 90m, 12h, 7d, 2w ago",
        )
    parser.add_argument("--denied", action="store_true", help="what was, or would be, denied")
    parser.add_argument(
        "--event",
        action="append",
        default=[],
        choices=_KINDS,
        metavar="KIND",
        help=f"events of this kind: {', '.join(_KINDS)}",
    )
    parser.add_argument("--json", action="store_true", help="print JSON lines")


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Print the events that are wanted, or what is wrong with the files."""
    from buildbot_keychain.audit.reading import Wanted  # noqa: PLC0415 - it imports Twisted

    if arguments.action == "verify":
        return _verify(arguments)
    wanted = Wanted(
        arguments.secret,
        arguments.builder,
        arguments.person,
        _time("--since", arguments.since),
        _time("--until", arguments.until),
        arguments.denied,
        tuple(arguments.event),
    )
    show = _as_json if arguments.json else _as_line
    for event in _events(arguments, wanted):
        _standard_streams.print_line(show(event))
    return ExitStatus.SUCCESS


def _events(arguments: argparse.Namespace, wanted: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    from buildbot_keychain.audit import AuditTable  # noqa: PLC0415 - it imports Twisted
    from buildbot_keychain.audit.reading import read_files  # noqa: PLC0415 - the same

    files, urls = _places(arguments)
    for path in files:
        with _reported(path):
            yield from read_files(path, wanted)
    for url in urls:
        table = AuditTable(url)
        try:
            yield from table.events(wanted)
        finally:
            table.close()


def _places(arguments: argparse.Namespace) -> tuple[Sequence[str], Sequence[str]]:
    """Return the files and databases to read: those that are named, or else the configured ones."""
    if arguments.file or arguments.db_url:
        return arguments.file, arguments.db_url
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot takes long to import

    files, urls = _master_config.load(arguments.config).audit_places()
    if not files and not urls:
        raise CommandError(
            "the configuration has no AuditToFile or AuditToDatabase: add --file or --db-url"
        )
    # Each has all events.
    return (files[:1], ()) if files else ((), urls[:1])


def _verify(arguments: argparse.Namespace) -> ExitStatus:
    from buildbot_keychain.audit.verification import Verified, verify  # noqa: PLC0415 - the same

    files, _ = _places(arguments)
    if not files:
        raise UsageError("verify reads files: add --file")
    terminal, sound = Terminal(), True
    for path in files:
        if not Path(path).exists():
            raise CommandError(f"there is no file {path}: check --file")
        result, count = Verified(), 0
        shown: list[str] = []
        with _reported(path):
            for count, problem in enumerate(verify(path, result), 1):
                if count <= _MOST_PROBLEMS:
                    shown.append(problem)
                    if not arguments.json:
                        terminal.message(printable(problem))
        sound = sound and not count
        if arguments.json:
            _standard_streams.print_line(_verified_as_json(path, result, shown, count))
            continue
        if count > _MOST_PROBLEMS:
            terminal.message(f"{count - _MOST_PROBLEMS} more of these")
        state = "is not as it was written" if count else "is as it was written"
        lines = f"{result.lines} lines, {result.first} to {result.last}"
        _standard_streams.print_line(f"{path} {state}: {lines}")
    return ExitStatus.SUCCESS if sound else ExitStatus.FOUND


def _verified_as_json(path: str, result: Any, problems: Sequence[str], count: int) -> str:  # noqa: ANN401 - Verified
    facts = {
        "file": path,
        "as_written": not count,
        "lines": result.lines,
        "first": result.first,
        "last": result.last,
        "problem_count": count,
        "problems": problems,
    }
    return _as_json(facts)


@contextmanager
def _reported(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(f"cannot read {error.filename or path}: {error.strerror}") from error


def _time(option: str, text: str | None) -> str:
    """Return a date, or how long ago it was, as events have times; empty if it is not given.

    A time without a zone is in UTC, as those that are printed.
    """
    from buildbot_keychain.audit.form import time_text  # noqa: PLC0415 - it imports Twisted

    if text is None:
        return ""
    try:
        if text[-1:] in _UNITS and text[:-1].isdecimal():
            ago = timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
            return time_text((datetime.now(timezone.utc) - ago).timestamp())
        return time_text(parse_time(text, option, _TIME))
    except (ValueError, OverflowError):  # before the year 1, for one
        raise UsageError(f"{option} must be {_TIME}") from None


def _as_json(event: dict[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"))


def _as_line(event: dict[str, Any]) -> str:
    """Return an event as a person reads it."""
    subject = event.get("secret") or ", ".join(event.get("secrets", ())) or event.get("sink", "")
    words = [
        str(event.get("time", ""))[:19].replace("T", " "),
        _what(event),
        str(subject),
        *_details(event),
    ]
    colour = None
    if event.get("outcome") in ("denied", "failed", "withheld"):
        colour = Colour.PROBLEM
    elif event.get("decision") == "would be denied" or event.get("event") in ("trail", "warning"):
        colour = Colour.WARNING
    return coloured(printable("  ".join(filter(None, words))), colour)


def _details(event: dict[str, Any]) -> Iterable[str]:
    requester = event.get("requester", {})
    builder = event.get("builder") or requester.get("builder")
    if builder:
        number = event.get("number") or requester.get("build")
        yield f"builder {builder}" + (f" #{number}" if number is not None else "")
    elif requester:
        yield f"{requester.get('kind')} {requester.get('service') or requester.get('owner') or ''}"
    facts = {
        "from": event.get("provider"),
        "by": event.get("person"),
        "in": None if event.get("event") == "trail" else event.get("sink"),
        "at": event.get("detail"),
        "as": event.get("decision"),
        "times": event.get("times"),
        "of": event.get("master"),
    }
    yield _versions(event)
    yield from (f"{word} {fact}" for word, fact in facts.items() if fact)
    yield ", ".join(event.get("services", ()))
    reasons = [event.get(name) for name in ("reason", "error", "remedy")]
    if event.get("event") == "administration" and event.get("outcome") != "done":
        reasons.append(event.get("outcome"))
    yield str(next(filter(None, reasons), "; ".join(event.get("rules", ()))))


def _what(event: dict[str, Any]) -> str:
    if event.get("event") == "administration":
        return f"{event.get('action')}{'' if event.get('outcome') == 'done' else ' failed'}"
    problem = f"{event.get('subject', '')} {event.get('problem', '')}".strip()
    return str(event.get("outcome") or event.get("action") or problem or event.get("event"))


def _versions(event: dict[str, Any]) -> str:
    old, new = event.get("old_version"), event.get("version")
    return f"version {new}" + (f" after {old}" if old is not None else "") if new else ""


COMMAND = Command(
    "audit",
    "show who had which secret, or verify the audit trail",
    """examples:
  buildbot-keychain audit --secret 'deploy/*' --since 7d --config /srv/master
  buildbot-keychain audit --denied --json --file /var/log/buildbot/audit.jsonl
  buildbot-keychain audit verify --file /var/log/buildbot/audit.jsonl""",
    add_arguments,
    run,
)
