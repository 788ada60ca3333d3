"""Finding the occurrences of patterns in a text: a scanner for their anchors, and their groups.

Groups are made of the patterns that share an anchor when a text first shows it; hardly any text
ever shows most of them.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from buildbot_keychain.secretive import secretive

from .entry import Entry
from .group import Group
from .normalisation import fold
from .pattern import Pattern, Span
from .pattern_table import PatternTable
from .scanner import MARKED, Places, Scanner
from .stretches import Stretches
from .view import FoldedText

__all__ = ["Finder", "Scanned", "Together"]

KEPT = 10_000
"""So many patterns of groups are kept for the next texts."""


@secretive
class Finder:
    """An immutable set of patterns, grouped by their anchors."""

    def __init__(
        self,
        patterns: PatternTable,
        anchors: Mapping[bytes, tuple[int, int]],
        tier: str,
        marks: Sequence[bytes] = (),
    ) -> None:
        """Compile patterns, and marks, for an engine tier.

        :param anchors: by folded pattern, where its anchor starts and ends.
        """
        self._patterns = patterns
        self.size = len(patterns)
        """How many patterns there are."""
        number_of: dict[bytes, int] = {}
        widths: list[int] = []
        group_of = array("I")
        for folded in map(fold, patterns.texts):
            start, end = anchors[folded]
            number = number_of.setdefault(folded[start:end], len(widths))
            if number == len(widths):
                widths.append(0)
            widths[number] = max(widths[number], len(folded))
            group_of.append(number)
        # The widest first: all else that is inside of them says nothing new.
        order = sorted(range(len(widths)), key=lambda number: -widths[number])
        known = list(number_of)
        self.anchors = [known[number] for number in order]
        """The anchors, each of the group at its index."""
        self._members = array("I", sorted(range(len(group_of)), key=group_of.__getitem__))
        sizes = [0] * len(widths)
        for number in group_of:
            sizes[number] += 1
        firsts = [0, *itertools.accumulate(sizes)]
        self._firsts = array("I", (firsts[number] for number in order))
        self._sizes = array("I", (sizes[number] for number in order))
        self._groups: dict[int, Group] = {}
        self._kept = 0
        self.marks = marks
        scanner = Scanner(self.anchors, tier, marks)
        self.any = scanner.any
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        self.any_word = scanner.any_word
        """Return whether a folded text (bytes) may show a pattern."""
        self._scan = scanner.places

    def anchored(self) -> Iterator[tuple[bytes, tuple[int, int]]]:
        """Yield the folded patterns, each with where its anchor starts and ends."""
        for index, anchor in enumerate(self.anchors):
            for number in self._numbers(index):
                folded = fold(self._patterns.texts[number])
                at = folded.index(anchor)
                yield folded, (at, at + len(anchor))

    def _numbers(self, index: int) -> Sequence[int]:
        """Return the numbers of the patterns that have the anchor at an index."""
        first = self._firsts[index]
        return self._members[first : first + self._sizes[index]]

    def _group(self, index: int) -> Group:
        """Return the group of the anchor at an index."""
        group = self._groups.get(index)
        if group is None:
            numbers = self._numbers(index)
            group = _group_of(self.anchors[index], map(self._patterns.__getitem__, numbers))
            self._kept += len(numbers)
            if self._kept > KEPT:
                self._groups, self._kept = {}, len(numbers)
            self._groups[index] = group
        return group

    def find(
        self,
        text: FoldedText,
        covered: Stretches | None = None,
        *,
        until: int | None = None,
        final: bool,
        every: bool = False,
    ) -> list[Span]:
        """List the occurrences in a text, at the end of which nothing follows if `final`.

        :param covered: stretches of the folded text that are covered for certain; more are added.
        :param until: the position in the folded text before which they begin; None for all.

        Those are left out that say nothing new beside what is covered, to which those are added
        that are found, unless `every` one is wanted.
        """
        spans: list[Span] = []
        found = self.places(text)
        if not found:
            return spans
        if until is None:
            until = len(text.folded)
        covered = Stretches() if covered is None else covered
        for index in sorted(found):
            for places in found[index]:
                spans += self._group(index).find(
                    text, places, covered, until=until, final=final, every=every
                )
        return spans

    def shows_none(self, text: FoldedText) -> bool:
        """Return whether a text certainly shows no pattern."""
        places = self.places(text)
        return len(places) == (MARKED in places)

    def is_marked(self, text: FoldedText) -> bool:
        """Return whether a text holds a mark."""
        return MARKED in self.places(text)

    def lengths(self, text: FoldedText) -> set[int]:
        """Return how many folded bytes of a pattern, its anchor included, may end a text."""
        return {
            len(text.folded) - start
            for index, sequences in self.places(text).items()
            for places in sequences
            for start in self._group(index).open(text, places)
        }

    def places(self, text: FoldedText) -> Places:
        """Return where anchors stand in a text, by the index of their group."""
        found = text.places.get(self)
        if found is None:
            found = text.places[self] = self._scan(text.folded, text.hits.get(self.any))
        return found

    def take_places(self, text: FoldedText, found: Mapping[bytes, list[Sequence[int]]]) -> None:
        """Take over where anchors stand in a text that has been scanned for all of them.

        :param found: where words stand in it, these among them.
        """
        if self not in text.places:
            places = {at: found[word] for at, word in enumerate(self.anchors) if word in found}
            text.places[self] = places


def _group_of(anchor: bytes, patterns: Iterable[Pattern]) -> Group:
    by_folded: dict[bytes, list[Pattern]] = {}
    for pattern in patterns:
        by_folded.setdefault(fold(pattern.text), []).append(pattern)
    return Group(
        Entry.of(folded, folded.index(anchor), members) for folded, members in by_folded.items()
    )


class Scanned(Protocol):
    """What asks where words stand in a text, by their index, and whether there is a mark."""

    @property
    def anchors(self) -> Sequence[bytes]:
        """The words."""

    @property
    def marks(self) -> Sequence[bytes]:
        """The marks."""


@secretive
class Together:
    """Several finders for whose anchors and marks a text is scanned once."""

    def __init__(self, finders: Sequence[Scanned], tier: str) -> None:
        """Compile the anchors of all for an engine tier."""
        words = dict.fromkeys(anchor for finder in finders for anchor in finder.anchors)
        numbers = {word: number for number, word in enumerate(words)}
        self._indices: list[tuple[Scanned, Sequence[int]]] = []
        for finder in finders:
            indices = array("i", [-1]) * len(words)
            for index, anchor in enumerate(finder.anchors):
                indices[numbers[anchor]] = index
            self._indices.append((finder, indices))
        marks = dict.fromkeys(mark for finder in finders for mark in finder.marks)
        scanner = Scanner(list(words), tier, list(marks))
        self.any = scanner.any
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        self.any_word = scanner.any_word
        """Return whether a folded text (bytes) may show a pattern."""
        self._places = scanner.places

    def scan(self, text: FoldedText) -> None:
        """Find for each finder where its anchors stand in a text."""
        found = self._places(text.folded, text.hits.get(self.any))
        marked = found.pop(MARKED, None)
        for finder, indices in self._indices:
            places: Places = {MARKED: []} if marked is not None and finder.marks else {}
            for word, sequences in found.items():
                if indices[word] >= 0:
                    places[indices[word]] = sequences
            text.places[finder] = places
