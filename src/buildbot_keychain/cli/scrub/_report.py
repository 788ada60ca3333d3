"""`Report`: what was found, line by line and in total, by names and locations, never by value.

Each occurrence is one line on standard output, ``name: location``. A location can hold a secret
itself (a step can be named after one), so the callers redact every part of it.
"""

from __future__ import annotations

import enum
import sys
from collections import Counter
from typing import TextIO

from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli._terminal import Terminal


class Outcome(enum.Enum):
    """What became of an occurrence, as the report shows it after the location."""

    FOUND = ""
    """It was only reported, as nothing is written."""

    REPLACED = " (replaced)"
    KEPT = " (kept: buildbot finds it by this)"
    LEFT = " (left: it has just changed, or the database rejects the new value)"


class Report:
    """Counts and prints occurrences, and what could not be checked.

    :param writing: whether secrets are to be replaced, by everything that reports here.
    :param out: where occurrences go; by default standard output.
    """

    def __init__(self, terminal: Terminal, *, writing: bool, out: TextIO | None = None) -> None:
        self.terminal = terminal
        self.writing = writing
        self.default_outcome = Outcome.REPLACED if writing else Outcome.FOUND
        self._out = sys.stdout if out is None else out
        self._names: Counter[str] = Counter()
        self._outcomes: Counter[Outcome] = Counter()
        self._unchecked: Counter[str] = Counter()

    def found(self, name: str, location: str, outcome: Outcome | None = None) -> None:
        """Report one occurrence of the secret `name`."""
        outcome = self.default_outcome if outcome is None else outcome
        self._names[name] += 1
        self._outcomes[outcome] += 1
        self.terminal.clear_status()
        print(f"{name}: {location}{outcome.value}", file=self._out)

    def not_checked(self, location: str, reason: str) -> None:
        """Count what could not be read, and report the first location for each reason."""
        self._unchecked[reason] += 1
        if self._unchecked[reason] == 1:
            self.terminal.message(f"not checked: {location}, {reason}")

    @property
    def replaced(self) -> int:
        """The number of occurrences that have been replaced."""
        return self._outcomes[Outcome.REPLACED]

    def finish(self) -> ExitStatus:
        """Print the totals and return the exit status."""
        self.terminal.clear_status()
        for name, count in sorted(self._names.items()):
            print(f"{name}: {_occurrences(count)}", file=self._out)
        self._out.flush()
        for reason, count in sorted(self._unchecked.items()):
            if count > 1:
                self.terminal.message(f"not checked: {count} in total, {reason}")
        self._print_outcomes()
        if self._unchecked:
            return ExitStatus.UNCHECKED
        remaining = self._outcomes.total() - self.replaced
        return ExitStatus.FOUND if remaining else ExitStatus.SUCCESS

    def _print_outcomes(self) -> None:
        message = self.terminal.message
        kept, left = self._outcomes[Outcome.KEPT], self._outcomes[Outcome.LEFT]
        if not self._names:
            message("no secrets found in what was checked")
        if self._outcomes[Outcome.FOUND]:
            message("nothing was changed: add --write to replace them")
        if self.replaced:
            message(f"{_occurrences(self.replaced)} replaced")
        if kept:
            message(f"{_occurrences(kept)} kept in names: rename them in the configuration")
        if left:
            message(f"{_occurrences(left)} left: run the command again")


def _occurrences(count: int) -> str:
    return "1 occurrence" if count == 1 else f"{count} occurrences"
