"""Patterns in columns: a few objects for all, whatever their number.

Tens of thousands of objects are a pause of Python's garbage collector, which stops the reactor. So
what is compiled keeps patterns here and refers to them by number; a `Pattern` is made of one when a
text may show it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from buildbot_keychain.secretive import secretive

from .normalisation import NORMALISATIONS, NUMBERS, fold
from .pattern import Pattern, may_hold_label

__all__ = ["PatternTable"]

Columns = tuple[Sequence[bytes], bytes, bytes, Sequence[tuple[Any, ...]]]
"""Of a table, in what `marshal` takes."""


@secretive
class PatternTable:
    """A growing sequence of distinct patterns."""

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        """Take patterns: of equal ones the first, and none of which folding leaves nothing."""
        self.texts: list[bytes] = []
        """The text of each."""
        self._secrets = array("q")
        self._kinds = array("H")
        self._kind_of: dict[tuple[Any, ...], int] = {}
        self._known_kinds: list[tuple[Any, ...]] = []
        known = set()
        for pattern in patterns:
            if not fold(pattern.text):
                continue
            row = pattern.secret, pattern.text, self.kind_of(pattern)
            if row not in known:
                known.add(row)
                self.append(*row)

    @property
    def columns(self) -> Columns:
        """All that it holds."""
        kinds = [(NUMBERS[normalisation], *rest) for normalisation, *rest in self._known_kinds]
        return self.texts, self._secrets.tobytes(), self._kinds.tobytes(), kinds

    @classmethod
    def of(cls, *several: Columns) -> PatternTable:
        """Return the table of all patterns of several, which have none in common."""
        table = cls()
        for texts, secrets, kinds, known_kinds in several:
            numbers = [
                table._number_of((NORMALISATIONS[number], *rest)) for number, *rest in known_kinds
            ]
            table.texts += texts
            table._secrets.frombytes(secrets)
            table._kinds.extend(map(numbers.__getitem__, array("H", kinds)))
        return table

    def append(self, secret: int, text: bytes, kind: int) -> None:
        """Add a pattern that is not there yet, of a kind that `kind_of` has returned."""
        self._secrets.append(secret)
        self.texts.append(text)
        self._kinds.append(kind)

    def kind_of(self, pattern: Pattern) -> int:
        """Return the number of what a pattern is apart from its secret and text."""
        return self._number_of(pattern[2:])

    def _number_of(self, rest: tuple[Any, ...]) -> int:
        kind = self._kind_of.setdefault(rest, len(self._known_kinds))
        if kind == len(self._known_kinds):
            self._known_kinds.append(rest)
        return kind

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.texts)

    def __getitem__(self, number: int) -> Pattern:
        """Return the pattern with a number."""
        return Pattern(
            self._secrets[number], self.texts[number], *self._known_kinds[self._kinds[number]]
        )

    def __iter__(self) -> Iterator[Pattern]:
        """Go through the patterns."""
        return map(self.__getitem__, range(len(self.texts)))

    @property
    def bracketed(self) -> tuple[Pattern, ...]:
        """The patterns that may hold a label, or begin inside of one."""
        return tuple(self[at] for at, text in enumerate(self.texts) if may_hold_label(text))

    def kinds(self) -> list[Pattern]:
        """List patterns without text and secret that stand for all that are like them otherwise."""
        return [Pattern(0, b"", *rest) for rest in self._known_kinds]

    def of_kinds(self, wanted: Iterable[int]) -> Sequence[int]:
        """Return the numbers of the patterns of some `kinds`, given by their places."""
        chosen = frozenset(wanted)
        return array("I", (at for at, kind in enumerate(self._kinds) if kind in chosen))
