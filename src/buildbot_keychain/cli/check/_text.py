"""What a check has found, for people: a table of the secrets, and what is to be done."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _findings
from buildbot_keychain.cli._text import Colour, coloured, counted, printable
from buildbot_keychain.cli._times import format_day, format_span

if TYPE_CHECKING:
    from buildbot_keychain.inspection.check import Decision, Report, Secret

_HEADINGS = ("STATE", "PROVIDER", "VERSION", "AGE", "EXPIRES", "HIDDEN", "SECRET")
_LONGEST = 60
"""Characters of a rule that are shown."""

_USABLE = frozenset({"found", "dynamic", "not asked"})


def lines_of(report: Report) -> Iterator[str]:
    """Yield the lines."""
    if report.secrets:
        yield from _table(report.secrets, f"{Path(report.file).parent}/")
        yield ""
    yield from _findings.lines_of(report)
    secrets = f"{counted(len(report.secrets), 'secret')} in {counted(report.named, 'place')}"
    yield f"{_findings.counts(report)}; {secrets} of {counted(report.builders, 'builder')}"


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
    return printable("  ".join(padded).rstrip())


def _decision(decision: Decision, directory: str) -> str:
    """Return who is given a secret, in a line."""
    words = decision.outcome
    if decision.rule is not None:
        location = str(decision.location).removeprefix(directory)
        words += f" by {_shortened(decision.rule)} ({location})"
    if decision.depends:
        words += f", depending on {', '.join(decision.depends)}"
    return f"{words}: {_findings.some([str(place) for place in decision.places])}"


def _shortened(rule: str) -> str:
    return rule if len(rule) <= _LONGEST else f"{rule[:_LONGEST]}...)"
