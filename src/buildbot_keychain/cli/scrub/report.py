"""What was found, line by line and in the end: names and places, never a value.

Each occurrence is one line on standard output, ``name: place``. A place may hold a secret of its
own (a step can be named after one), so every part of it is redacted.
"""

from __future__ import annotations

import enum
import sys
from collections import Counter
from typing import TextIO

from buildbot_keychain.cli.outcome import Exit
from buildbot_keychain.cli.terminal import Terminal


class Fate(enum.Enum):
    """What becomes of an occurrence."""

    STORED = ""
    """It is reported only, as nothing is written."""

    REPLACED = " (replaced)"
    KEPT = " (kept: buildbot finds it by this)"
    LEFT = " (left: it changed meanwhile, or the database refuses the new value)"


class Report:
    """Counts and prints occurrences and what could not be checked.

    :param writing: whether what can be replaced is.
    """

    def __init__(self, terminal: Terminal, *, writing: bool, out: TextIO | None = None) -> None:
        self.terminal = terminal
        self.fate = Fate.REPLACED if writing else Fate.STORED
        self.unchecked: Counter[str] = Counter()
        self._out = sys.stdout if out is None else out
        self._names: Counter[str] = Counter()
        self._fates: Counter[Fate] = Counter()

    def found(self, name: str, place: str, fate: Fate | None = None) -> None:
        """Report one occurrence of the secret `name`."""
        fate = self.fate if fate is None else fate
        self._names[name] += 1
        self._fates[fate] += 1
        self.terminal.clear()
        print(f"{name}: {place}{fate.value}", file=self._out)

    def not_checked(self, place: str, reason: str) -> None:
        """Report what could not be read; each reason is told once with its first place."""
        self.unchecked[reason] += 1
        if self.unchecked[reason] == 1:
            self.terminal.say(f"not checked: {place}, {reason}")

    @property
    def replaced(self) -> int:
        """How many occurrences have been replaced."""
        return self._fates[Fate.REPLACED]

    def end(self) -> Exit:
        """Print the sums and give the exit status."""
        self.terminal.clear()
        for name, count in sorted(self._names.items()):
            print(f"{name}: {_times(count)}", file=self._out)
        self._out.flush()
        for reason, count in sorted(self.unchecked.items()):
            if count > 1:
                self.terminal.say(f"not checked: {count} in all, {reason}")
        kept, left = self._fates[Fate.KEPT], self._fates[Fate.LEFT]
        if not self._names:
            self.terminal.say("no secret is stored in what was checked")
        if self._fates[Fate.STORED]:
            self.terminal.say("nothing was changed: add --write to replace them")
        if self._fates[Fate.REPLACED]:
            self.terminal.say(f"{_times(self._fates[Fate.REPLACED])} replaced")
        if kept:
            self.terminal.say(f"{_times(kept)} kept in names: rename them in the configuration")
        if left:
            self.terminal.say(f"{_times(left)} left: run it again")
        if self.unchecked:
            return Exit.UNCHECKED
        remaining = sum(self._fates.values()) - self._fates[Fate.REPLACED]
        return Exit.FOUND if remaining else Exit.DONE


def _times(count: int) -> str:
    return "1 occurrence" if count == 1 else f"{count} occurrences"
