"""The patterns that share an anchor, and which of them stand around a place of it.

Places of an anchor come in ascending sequences. Where they are few, each is tried, with each
`Entry` or with trees of them. Where they are dense, each entry goes through them on its own
(`dense_places`); very many entries do so only where the text repeats itself for long (`chains`).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence

from buildbot_keychain.secretive import secretive

from .chains import Repeating, segments
from .dense_places import along, open_along
from .entry import Entry
from .pattern import LONGEST_AFTER, Span
from .prefix_tree import PrefixTree
from .reading import MANY
from .stretches import Stretches
from .view import FoldedText

__all__ = ["Group"]

FEW = 12
"""Up to so many entries are each compared with the text."""

DENSE = 8
"""From so many places in one sequence on, they are dense."""


PERIODS = 4
"""For so many periods it is kept how the entries repeat themselves."""

HEAD = 64
"""So many bytes of the end of a text tell whether all of it needs to be looked up."""


@secretive
class Group:
    """An immutable set of entries with one anchor."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take the entries, with distinct folded forms."""
        self._entries = sorted(entries, key=lambda entry: -len(entry.folded))
        margins = [entry.margin for entry in self._entries if entry.margin is not None]
        self._margin = max(margins) if len(margins) == len(self._entries) else None
        self._padded = any(entry.padded for entry in self._entries)
        self._behind = max(len(entry.folded) - entry.anchor_at for entry in self._entries)
        self._before = max(entry.anchor_at for entry in self._entries)
        self._repeating: dict[int, Repeating] = {}
        self._trees: list[tuple[int, dict[bytes, PrefixTree[Entry]]]] = []
        if len(self._entries) > FEW:
            rights: dict[int, dict[bytes, list[tuple[bytes, Entry]]]] = {}
            for entry in self._entries:
                at = entry.anchor_at
                lefts = rights.setdefault(at, {})
                lefts.setdefault(entry.folded[:at], []).append((entry.folded[at:], entry))
            self._trees = [
                (at, {left: PrefixTree(members) for left, members in lefts.items()})
                for at, lefts in sorted(rights.items(), reverse=True)
            ]

    @property
    def width(self) -> int:
        """The length of the longest entry."""
        return len(self._entries[0].folded)

    def find(
        self,
        text: FoldedText,
        places: Sequence[int],
        covered: Stretches,
        *,
        until: int,
        final: bool,
        every: bool,
    ) -> Iterator[Span]:
        """Yield the occurrences around places of the anchor that start before `until`.

        Those are left out that say nothing new beside what is covered, to which those are added
        that are found, unless `every` one is wanted. Those may be missing that end in what was
        released.

        :param covered: the stretches of the folded text that are covered for certain.
        """
        before, behind, margin = self._before, self._behind, self._margin
        first = 0
        if text.released and not self._padded:
            first = bisect.bisect_right(places, text.released - behind - LONGEST_AFTER)
        places = places[first : bisect.bisect_left(places, until + before)]
        for some, each_of, entries in self._ways(text, places):
            for entry in entries:
                yield from along(text, some, entry, covered, final=final, every=every)
            for place in each_of:
                if margin is not None and covered.hold(
                    place - before - margin, place + behind + margin
                ):
                    continue
                for start, standing in self._standing(text.folded, place):
                    if start < until:
                        yield from self._at(
                            text, start, standing, covered, final=final, every=every
                        )

    def _ways(
        self, text: FoldedText, places: Sequence[int]
    ) -> Iterator[tuple[Sequence[int], Iterable[int], Sequence[Entry]]]:
        """Yield places, those of them that are tried, and the entries that go through all."""
        if not self._are_dense(places):
            yield (), places, ()
        elif not self._trees:
            yield places, (), self._entries
        else:
            for some, chain in segments(text.folded, places, 2 * len(self._entries)):
                if chain is None:
                    yield (), some, ()
                else:
                    repeating = self._repeating_after(chain.period)
                    yield some, repeating.places(chain, some, self._before), repeating.whole

    def _repeating_after(self, period: int) -> Repeating:
        """Return how the entries repeat themselves after so many bytes."""
        repeating = self._repeating.get(period)
        if repeating is None:
            if len(self._repeating) >= PERIODS:
                self._repeating = {}
            repeating = self._repeating[period] = Repeating(self._entries, period)
        return repeating

    def _are_dense(self, places: Sequence[int]) -> bool:
        """Return whether entries around places overlap so much that each must not be compared."""
        return len(places) >= DENSE and places[-1] - places[0] < len(places) * self.width

    def _at(
        self,
        text: FoldedText,
        start: int,
        standing: Iterable[Entry],
        covered: Stretches,
        *,
        final: bool,
        every: bool,
    ) -> Iterator[Span]:
        """Yield the occurrences of entries that stand at a place of the folded text."""
        for entry in standing:
            end = start + len(entry.folded)
            if entry.is_inside(covered, start, end):
                if self._margin == 0:
                    break  # the others are shorter
                continue
            for span in entry.occurrences(text, start, final=final):
                yield span
                if not every and span.is_certain:
                    covered.add(start, end)

    def _standing(self, folded: bytes, place: int) -> Iterator[tuple[int, Iterable[Entry]]]:
        """Yield the entries that stand around a place of the anchor, by where they start.

        Of one start, the longest comes first.
        """
        if not self._trees:
            for entry in self._entries:
                start = place - entry.anchor_at
                if start >= 0 and folded.startswith(entry.folded, start):
                    yield start, (entry,)
            return
        for at, lefts in self._trees:
            if at <= place and (tree := lefts.get(folded[place - at : place])):
                yield place - at, tree.standing(folded, place)

    def open(self, text: FoldedText, places: Sequence[int]) -> Iterator[int]:
        """Yield where an entry may start that the end of the folded text cuts off."""
        size = len(text.folded)
        if places[-1] + self._behind < size:
            return
        first = bisect.bisect_left(places, size - self._behind + (not self._padded))
        if first == len(places):
            return
        if self._trees:
            yield from self._open_of_many(text, places[first:])
        elif len(places) - first < DENSE:
            for place in places[first:]:
                yield from self._cut_off(text.folded, place)
        else:
            for entry in self._entries:
                yield from open_along(text, places, entry)

    def _cut_off(self, folded: bytes, place: int) -> Iterator[int]:
        """Yield where entries start that stand around a place, but for what the end cuts off."""
        for entry in self._entries:
            start = place - entry.anchor_at
            longer = len(folded) - start < len(entry.folded) + entry.padded
            if longer and start >= 0 and entry.folded.startswith(folded[start:]):
                yield start

    def _open_of_many(self, text: FoldedText, places: Sequence[int]) -> Iterator[int]:
        """Yield where one of very many entries may start that the end of the text cuts off."""
        folded = text.folded
        for some, chain in segments(folded, places, MANY):
            tried: Iterable[int] = some
            if chain is not None:
                repeating = self._repeating_after(chain.period)
                tried = repeating.places(chain, some, self._before)
                for entry in repeating.open if chain.end == len(folded) else ():
                    yield from open_along(text, some, entry)
            for place in tried:
                yield from self._open_at(folded, place)

    def _open_at(self, folded: bytes, place: int) -> Iterator[int]:
        """Yield where entries may start with an anchor at a place that the end cuts off."""
        head = folded[place : place + HEAD]
        for at, lefts in self._trees:
            tree = lefts.get(folded[place - at : place]) if at <= place else None
            if tree and (self._padded or (tree.begins(head) and tree.begins(folded[place:]))):
                yield place - at
