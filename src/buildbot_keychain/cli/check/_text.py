"""What a check has found, for people: a table of the secrets, and what is to be done."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli._text import Colour, coloured, printable
from buildbot_keychain.cli._times import format_day, format_span

if TYPE_CHECKING:
    from buildbot_keychain.inspection.check import Decision, Finding, Report, Secret

_HEADINGS = ("STATE", "PROVIDER", "VERSION", "AGE", "EXPIRES", "HIDDEN", "SECRET")
_MOST = 3
"""Places that are named; of the others, it is said how many there are."""

_LONGEST = 60
"""Characters of a rule that are shown."""

_TITLES = {"problem": "problems", "unchecked": "not checked", "note": "notes"}
_COLOURS = {"problem": Colour.PROBLEM, "unchecked": Colour.WARNING, "note": None}
_USABLE = frozenset({"found", "dynamic", "not asked"})


def lines_of(report: Report) -> Iterator[str]:
    """Yield the lines."""
    if report.secrets:
        yield from _table(report.secrets, f"{Path(report.file).parent}/")
        yield ""
    for level, found in groupby(report.findings, attrgetter("level")):
        yield f"{_TITLES[level]}:"
        for finding in found:
            yield from _finding(finding)
        yield ""
    counts = [f"{report.count(level):,} {title}" for level, title in _TITLES.items()]
    secrets = f"{len(report.secrets):,} secrets in {report.named:,} places"
    yield f"{', '.join(counts)}; {secrets} of {report.builders:,} builders"


def _table(secrets: Sequence[Secret], directory: str) -> Iterator[str]:
    """Yield a line for each secret, and one for each decision on it; the name comes last."""
    now = int(time.time())
    rows = [_cells(secret, now) for secret in secrets]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    yield _row(_HEADINGS, widths)
    for secret, cells in zip(secrets, rows, strict=True):
        colour = None if secret.state in _USABLE else Colour.PROBLEM
        yield coloured(_row(cells, widths), colour)
        for decision in secret.decisions:
            yield f"    {printable(_decision(decision, directory))}"


def _cells(secret: Secret, now: int) -> tuple[str, ...]:
    return (
        secret.state,
        secret.provider or "-",
        "-" if secret.version is None else str(secret.version),
        "-" if secret.created is None else format_span(int(now - secret.created)),
        "-" if secret.expires is None else format_day(int(secret.expires)),
        secret.hidden or "-",
        printable(secret.name),
    )


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(padded).rstrip()


def _decision(decision: Decision, directory: str) -> str:
    """Return who is given a secret, in a line."""
    words = decision.outcome
    if decision.rule is not None:
        location = str(decision.location).removeprefix(directory)
        words += f" by {_shortened(decision.rule)} ({location})"
    if decision.depends:
        words += f", depending on {', '.join(decision.depends)}"
    return f"{words}: {_some([str(place) for place in decision.places])}"


def _shortened(rule: str) -> str:
    return rule if len(rule) <= _LONGEST else f"{rule[:_LONGEST]}...)"


def _finding(finding: Finding) -> Iterator[str]:
    text = f"  {finding.kind}: {printable(finding.sentence)}"
    yield coloured(text, _COLOURS[finding.level])
    if finding.places:
        yield f"      {printable(_some(finding.places))}"


def _some(places: Sequence[str]) -> str:
    more = len(places) - _MOST
    shown = "; ".join(places[:_MOST])
    return f"{shown}; and {more:,} more" if more > 0 else shown
