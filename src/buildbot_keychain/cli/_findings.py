"""What commands that inspect have in common: how long it takes, what they print, how they end."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli._text import Colour, coloured, counted, printable

if TYPE_CHECKING:
    from buildbot_keychain.inspection import Finding, Findings, Progress

_SECONDS = 60.0
_MOST_SECONDS = 86_400
"""Of an inspection; a day is the most."""

_MOST = 3
"""Places that are named; of the others, it is said how many there are."""

_TITLES = {"problem": "problems", "unchecked": "not checked", "note": "notes"}
_COLOURS = {"problem": Colour.PROBLEM, "unchecked": Colour.WARNING, "note": None}


def add_timeout(parser: argparse.ArgumentParser, limited: str) -> None:
    """Add the option that limits an inspection.

    :param limited: what may take so long.
    """
    parser.add_argument(
        "--timeout",
        type=float,
        default=_SECONDS,
        metavar="SECONDS",
        help=f"how long {limited} (default: {_SECONDS:g})",
    )


def require_timeout(arguments: argparse.Namespace) -> None:
    """Raise a `UsageError` if there is no time to inspect anything, or no end to it."""
    if not arguments.timeout > 0:
        raise UsageError("--timeout must be more than 0 seconds")
    if arguments.timeout > _MOST_SECONDS:
        raise UsageError(f"--timeout must be {_MOST_SECONDS} seconds or less")


def lines_of(found: Findings) -> Iterator[str]:
    """Yield lines for people."""
    for level, findings in groupby(found.findings, attrgetter("level")):
        yield f"{_TITLES[level]}:"
        for finding in findings:
            yield from _lines(finding)
        yield ""


def counts(found: Findings) -> str:
    """Return how many findings there are, for people."""
    problems, unchecked, notes = map(found.count, _TITLES)
    return f"{counted(problems, 'problem')}, {unchecked:,} not checked, {counted(notes, 'note')}"


def objects_of(found: Findings) -> Iterator[str]:
    """Yield an object of JSON for each finding, on a line of its own."""
    for finding in found.findings:
        yield json.dumps({"type": "finding", **asdict(finding)})


def count_of(found: Findings) -> dict[str, int]:
    """Return how many findings are of each level."""
    return {level: found.count(level) for level in _TITLES}


def status_of(found: Findings) -> ExitStatus:
    """Return how a command ends that has printed them."""
    if found.count("problem"):
        return ExitStatus.FOUND
    return ExitStatus.UNCHECKED if found.count("unchecked") else ExitStatus.SUCCESS


@contextlib.contextmanager
def progress_at(terminal: Terminal) -> Iterator[Progress]:
    """Return what shows the progress of an inspection until the end of the block."""

    def progress(done: int, total: int, label: str) -> None:
        if total:
            terminal.progress_bar(done, total, label)
        else:
            terminal.status(label)

    try:
        yield progress
    finally:
        terminal.clear_status()


def some(places: Sequence[str]) -> str:
    """Return the first of them, and how many more there are."""
    more = len(places) - _MOST
    shown = "; ".join(places[:_MOST])
    return f"{shown}; and {more:,} more" if more > 0 else shown


def _lines(finding: Finding) -> Iterator[str]:
    # The process that inspects is of another user, and has executed what he has written.
    text = printable(f"  {finding.kind}: {finding.sentence}")
    yield coloured(text, _COLOURS[finding.level])
    if finding.places:
        yield f"      {printable(some(finding.places))}"
    if finding.remedy:
        yield f"      {printable(finding.remedy)}"
    if finding.page:
        yield f"      {printable(finding.page)}"
