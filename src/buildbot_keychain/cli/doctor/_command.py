"""The command. It shows no value, and has none: those stay in the process that looks them up."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _findings, _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli.doctor import _stored

if TYPE_CHECKING:
    from buildbot_keychain.inspection import Findings


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory",
        nargs="?",
        default=".",
        metavar="DIRECTORY",
        help="the master's directory, or its master.cfg, which is executed (default: the current "
        "one)",
    )
    parser.add_argument(
        "--offline", action="store_true", help="ask no provider: examine the installation alone"
    )
    parser.add_argument(
        "--no-logs",
        action="store_true",
        help="do not search the logs and the database for secrets that are known",
    )
    _findings.add_timeout(
        parser,
        "executing the configuration may take, then asking the providers, and then searching the "
        "logs",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="CODE",
        help="leave out what has this code, such as swap; can be repeated",
    )
    _terminal.add_arguments(parser)


def _run(arguments: argparse.Namespace) -> ExitStatus:
    """Print what is found."""
    _findings.require_timeout(arguments)
    try:
        from buildbot_keychain.inspection.doctor import (  # noqa: PLC0415 - Buildbot is slow
            CODES,
            run_doctor,
        )
    except ImportError as error:
        raise CommandError("doctor needs Buildbot: run this where the master runs") from error
    for code in arguments.ignore:
        if code not in CODES:
            raise UsageError(f"--ignore: there is no such code{_hint(code, CODES)}")
    seconds, offline = arguments.timeout, arguments.offline
    with _findings.progress_at(Terminal(quiet=arguments.quiet)) as progress:
        found = run_doctor(arguments.directory, seconds, progress, offline=offline)
        if not (offline or arguments.no_logs):
            stored = _stored.stored_secrets(found, arguments.directory, seconds, progress)
            found = found.with_findings(stored)
    found = found.without(arguments.ignore)
    for line in (_objects_of if arguments.json else _lines_of)(found):
        _standard_streams.print_line(line)
    return _findings.status_of(found)


def _hint(code: str, codes: dict[str, str]) -> str:
    close = get_close_matches(code, codes, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _lines_of(found: Findings) -> Iterator[str]:
    yield from _findings.lines_of(found)
    yield f"{_findings.counts(found)}; {printable(found.file)}"


def _objects_of(found: Findings) -> Iterator[str]:
    yield from _findings.objects_of(found)
    counts = _findings.count_of(found)
    yield json.dumps({"type": "summary", "directory": found.file, **counts})


COMMAND = Command(
    "doctor",
    "examine how well an installation is protected",
    """\
examples:
  buildbot-keychain doctor /srv/master
  buildbot-keychain doctor --ignore swap --ignore core-dumps
  buildbot-keychain doctor --json | jq -r 'select(.level == "problem").remedy'""",
    _add_arguments,
    _run,
)
