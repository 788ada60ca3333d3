"""`Report`: what was found, line by line and in total, by names and locations, never by value.

Each occurrence is one line on standard output, ``name: location``, and each secret's total follows
at the end; or all of that is JSON, one object on each line. A location can hold a secret
itself (a step can be named after one), so the callers redact every part of it.
"""

from __future__ import annotations

import enum
import json
from collections import Counter
from typing import TextIO

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli._terminal import Terminal


class Outcome(enum.Enum):
    """What became of an occurrence, as the report shows it after the location."""

    FOUND = ""
    """It was only reported, as nothing is written."""

    REPLACED = " (replaced)"
    KEPT = " (kept: buildbot finds it by this)"
    SHOWN = " (shown: it could be guessed, and no record says who was given it here)"
    LEFT = " (left: it has just changed, or the new text cannot be stored)"


class Report:
    """Counts and prints occurrences, and what could not be checked.

    :param writing: whether secrets are to be replaced, by everything that reports here.
    :param as_json: whether results are JSON.
    :param out: where occurrences go; by default standard output.
    """

    def __init__(
        self,
        terminal: Terminal,
        *,
        writing: bool,
        as_json: bool = False,
        out: TextIO | None = None,
    ) -> None:
        self.terminal = terminal
        self.writing = writing
        self._as_json = as_json
        self.default_outcome = Outcome.REPLACED if writing else Outcome.FOUND
        self._out = _standard_streams.output() if out is None else out
        self._names: Counter[str] = Counter()
        self._outcomes: Counter[Outcome] = Counter()
        self._unchecked: Counter[str] = Counter()
        self._unchecked_files: list[str] = []

    def found(self, name: str, location: str, outcome: Outcome | None = None) -> None:
        """Report one occurrence of the secret `name`."""
        outcome = self.default_outcome if outcome is None else outcome
        self._names[name] += 1
        self._outcomes[outcome] += 1
        self.terminal.clear_status()
        if self._as_json:
            self._print_json(secret=name, location=location, outcome=outcome.name.lower())
        else:
            self._print(f"{name}: {location}{outcome.value}")

    def not_checked(self, location: str, reason: str) -> None:
        """Count what could not be read, and report the first location for each reason."""
        self._unchecked[reason] += 1
        if self._as_json:
            self._print_json(not_checked=location, reason=reason)
        if self._unchecked[reason] == 1:
            self.terminal.message(f"not checked: {location}, {reason}")

    def file_not_checked(self, location: str, reason: str) -> None:
        """Report a file that could not be read, now and again at the end."""
        self._unchecked_files.append(location)
        if self._as_json:
            self._print_json(not_checked=location, reason=reason)
        self.terminal.message(f"not checked: {location}, {reason}")

    @property
    def replaced(self) -> int:
        """The number of occurrences that have been replaced."""
        return self._outcomes[Outcome.REPLACED]

    @property
    def _all_checked(self) -> bool:
        return not (self._unchecked or self._unchecked_files)

    def finish(self) -> ExitStatus:
        """Print the totals and return the exit status."""
        self.terminal.clear_status()
        if self._as_json:
            self._print_json(occurrences=dict(sorted(self._names.items())))
        else:
            for name, count in sorted(self._names.items()):
                self._print(f"{name}: {_occurrences(count)}")
        for reason, count in sorted(self._unchecked.items()):
            if count > 1:
                self.terminal.message(f"not checked: {count} in total, {reason}")
        self._print_outcomes()
        if not self._all_checked:
            return ExitStatus.UNCHECKED
        remaining = self._outcomes.total() - self.replaced
        return ExitStatus.FOUND if remaining else ExitStatus.SUCCESS

    def _print_json(self, **facts: object) -> None:
        self._print(json.dumps(facts))

    def _print(self, line: str) -> None:
        try:
            print(line, file=self._out)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _standard_streams.write_failed(error) from error

    def _print_outcomes(self) -> None:
        message = self.terminal.message
        kept, left = self._outcomes[Outcome.KEPT], self._outcomes[Outcome.LEFT]
        if self._unchecked_files:
            files = ", ".join(self._unchecked_files)
            message(f"not checked: {len(self._unchecked_files)} of the files: {files}")
        if not self._names and self._all_checked:
            message("no secrets found in what was checked")
        if self._outcomes[Outcome.FOUND]:
            message("nothing was changed: add --write to replace them")
        if self.replaced:
            message(f"{_occurrences(self.replaced)} replaced")
        if kept:
            message(f"{_occurrences(kept)} kept in names: rename them in the configuration")
        if shown := self._outcomes[Outcome.SHOWN]:
            message(
                f"{_occurrences(shown)} shown: hiding them would tell whoever printed them that "
                "the guess was right; add --guessable to hide them all the same"
            )
        if left:
            message(f"{_occurrences(left)} left: run the command again")


def _occurrences(count: int) -> str:
    return "1 occurrence" if count == 1 else f"{count} occurrences"
