"""Finding the occurrences of patterns in a text: a scanner for their anchors, and their groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from buildbot_keychain.secretive import secretive

from .entry import Entry
from .group import Group
from .pattern import Span
from .scanner import MARKED, Places, Scanner
from .stretches import Stretches
from .view import FoldedText

__all__ = ["Finder", "Scanned", "Together"]


@secretive
class Finder:
    """An immutable set of patterns, grouped by their anchors."""

    def __init__(
        self, groups: Mapping[bytes, Sequence[Entry]], tier: str, marks: Sequence[bytes] = ()
    ) -> None:
        """Compile the entries of each anchor, and the marks, for an engine tier."""
        compiled = {anchor: Group(entries) for anchor, entries in groups.items()}
        anchors = sorted(compiled, key=lambda anchor: -compiled[anchor].width)
        self._groups = [compiled[anchor] for anchor in anchors]
        self.anchors = anchors
        """The anchors, each of the group at its index."""
        self.marks = marks
        scanner = Scanner(anchors, tier, marks)
        self.any = scanner.any
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        self.any_word = scanner.any_word
        """Return whether a folded text (bytes) may show a pattern."""
        self._scan = scanner.places

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

        Unless `every` one is wanted, those are left out that say nothing new beside others.
        """
        if until is None:
            until = len(text.folded)
        covered = Stretches() if covered is None else covered
        spans: list[Span] = []
        # The widest first: all else that is inside of them says nothing new.
        for index in sorted(self.places(text)):
            for places in self.places(text)[index]:
                spans += self._groups[index].find(
                    text, places, covered, until=until, final=final, every=every
                )
        return spans

    def shows_none(self, text: FoldedText) -> bool:
        """Return whether a text certainly shows no pattern."""
        return not self.places(text).keys() - {MARKED}

    def is_marked(self, text: FoldedText) -> bool:
        """Return whether a text holds a mark."""
        return MARKED in self.places(text)

    def lengths(self, text: FoldedText) -> set[int]:
        """Return how many folded bytes of a pattern, its anchor included, may end a text."""
        return {
            len(text.folded) - start
            for index, sequences in self.places(text).items()
            for places in sequences
            for start in self._groups[index].open(text, places)
        }

    def places(self, text: FoldedText) -> Places:
        """Return where anchors stand in a text, by the index of their group."""
        found = text.places.get(self)
        if found is None:
            found = text.places[self] = self._scan(text.folded)
        return found


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
        self.finders = finders
        owners: dict[bytes, list[tuple[Scanned, int]]] = {}
        for finder in finders:
            for index, anchor in enumerate(finder.anchors):
                owners.setdefault(anchor, []).append((finder, index))
        self._owners = list(owners.values())
        marks = dict.fromkeys(mark for finder in finders for mark in finder.marks)
        scanner = Scanner(list(owners), tier, list(marks))
        self.any = scanner.any
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        self.any_word = scanner.any_word
        """Return whether a folded text (bytes) may show a pattern."""
        self._places = scanner.places

    def scan(self, text: FoldedText) -> None:
        """Find for each finder where its anchors stand in a text."""
        found = self._places(text.folded)
        marked = found.pop(MARKED, None)
        for finder in self.finders:
            text.places[finder] = {MARKED: []} if marked is not None and finder.marks else {}
        for word, sequences in found.items():
            for finder, index in self._owners[word]:
                text.places[finder][index] = sequences
