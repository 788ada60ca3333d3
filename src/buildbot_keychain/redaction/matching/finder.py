"""Finding the occurrences of patterns in a text: a scanner for their anchors, and their groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from buildbot_keychain.secretive import secretive

from .entry import Entry
from .group import Group
from .pattern import Span
from .scanner import Places, Scanner
from .view import FoldedText

__all__ = ["Finder"]


@secretive
class Finder:
    """An immutable set of patterns, grouped by their anchors."""

    def __init__(
        self, groups: Mapping[bytes, Sequence[Entry]], tier: str, marks: Sequence[bytes] = ()
    ) -> None:
        """Compile the entries of each anchor, and the marks, for an engine tier."""
        self.groups = [Group(entries) for entries in groups.values()]
        scanner = Scanner(list(groups), tier, marks)
        self.any = scanner.any
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        self.any_word = scanner.any_word
        """Return whether a folded text (bytes) may show a pattern."""
        self._scan = scanner.places

    def find(
        self, text: FoldedText, *, until: int | None = None, final: bool, every: bool = False
    ) -> list[Span]:
        """List the occurrences in a text, at the end of which nothing follows if `final`.

        :param until: the position in the folded text before which they begin; None for all.

        Unless `every` one is wanted, those are left out that say nothing new beside others.
        """
        if until is None:
            until = len(text.folded)
        return [
            span
            for index, sequences in self.places(text).items()
            for places in sequences
            for span in self.groups[index].find(text, places, until=until, final=final, every=every)
        ]

    def places(self, text: FoldedText) -> Places:
        """Return where anchors stand in a text, by the index of their group."""
        found = text.places.get(self)
        if found is None:
            found = text.places[self] = self._scan(text.folded)
        return found
