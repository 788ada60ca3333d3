"""The compiled form of a set of patterns.

A `Layer` is immutable. It answers the questions of redaction about a text:

- `find`: which stretches are an occurrence of a pattern?
- `opening`: from where on could the end of the text be the beginning of an occurrence?
- `endings`: what must be masked of such beginnings when nothing follows?
- `passes_lines`: is nothing in lines one of these? Then they pass as they are.
- `pieces`: which stretches are a piece of a pattern, beside an ellipsis?

The bytes of the text before `released` were released earlier and serve as context only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .anchors import anchor_of
from .dump_lines import MARKS, may_hold_dump
from .ellipses import Ellipses, may_be_unfinished
from .ends import Ends
from .finder import Finder
from .indexed_finder import IndexedFinder
from .later import Asked
from .normalisation import BLANKS, DROPPED, Normalisation, fold
from .pattern import (
    SHOWN,
    Pattern,
    Span,
    alphanumeric_before,
    brackets,
    first_masked,
)
from .pattern_table import PatternTable
from .pieces import FoundPieces, TellingPieces, beside_ellipses, marks_of, undecided
from .prefixes import GRAM, Cuttable, PrefixFilter, ShortBeginnings, characters
from .scanner import TIERS
from .stretches import Stretches
from .view import FoldedText

__all__ = ["END_LENGTH", "Layer", "Opening"]

END_LENGTH = 8
"""Characters from which the beginning of a pattern at the very end of a text is masked."""

HEAD = 64
"""So many bytes of what may be a beginning tell whether all of it needs to be looked at."""


@secretive
class Opening(NamedTuple):
    """Where the end of a text may begin an occurrence."""

    start: int
    """The position; the length of the text if there is none."""

    expected: bytes = b""
    """The folded text that would go on as what was found first; empty if there is none."""


@secretive
class _Beginning(NamedTuple):
    origin: int
    start: int
    cuttable: Cuttable
    normalised: bytes
    whole: bytes
    """The first text that begins like that."""


@secretive
class Layer:
    """An immutable set of patterns, ready to be looked for."""

    def __init__(self, patterns: Iterable[Pattern], tier: str = TIERS[0]) -> None:
        """Compile the patterns for an engine tier. A table must not grow any more."""
        if not isinstance(patterns, PatternTable):
            patterns = PatternTable(patterns)
        anchors: dict[bytes, tuple[int, int]] = {}
        known: set[bytes] = set()
        for folded in map(fold, patterns.texts):
            if folded not in anchors:
                at, anchor = anchor_of(folded, known)
                anchors[folded] = at, at + len(anchor)
                known.add(anchor)
        beginnings = PrefixFilter((folded, at) for folded, (at, _) in anchors.items())
        self._compile(patterns, anchors, marks_of(patterns, known, tier), beginnings, tier)

    def _compile(
        self,
        patterns: PatternTable,
        anchors: Mapping[bytes, tuple[int, int]],
        marks: Sequence[bytes],
        beginnings: PrefixFilter,
        tier: str,
    ) -> None:
        """Take patterns, with where their anchors start and end, by folded form."""
        self.patterns = patterns
        marks = tuple(dict.fromkeys((*marks, *MARKS)))
        self.finder: Finder | IndexedFinder[Layer] = Finder(patterns, anchors, tier, marks)
        """Finds the patterns in a text."""
        self._any = self.finder.any
        self.telling, self.beside = TellingPieces(), FoundPieces()
        self._filter = beginnings
        self._know_ends(patterns)
        self.size = len(patterns)
        """How many patterns there are."""
        self.bracketed = patterns.bracketed
        self.brackets = brackets(self.bracketed)

    def _know_ends(self, patterns: PatternTable) -> None:
        """Take patterns that the end of a text may cut off, or their beginnings."""
        alike: dict[tuple[Normalisation, bool, int], list[int]] = {}
        for number, kind in enumerate(patterns.kinds()):
            alike.setdefault((kind.normalisation, kind.words, kind.base), []).append(number)
        self._cuttables = [Cuttable(patterns, patterns.of_kinds(kinds)) for kinds in alike.values()]
        self._before = frozenset(byte for kind in patterns.kinds() for byte in kind.before)
        self._padded = any(cuttable.padding for cuttable in self._cuttables)
        self._sparse = any(
            len(fold(text[:END_LENGTH])) < GRAM
            for cuttable in self._cuttables
            for text in cuttable.texts
        )
        self.short_beginnings = ShortBeginnings(
            frozenset(self._short_beginnings(cuts=False)),
            frozenset(self._short_beginnings(cuts=True)),
            padded=self._padded,
        )

    def _short_beginnings(self, *, cuts: bool) -> Iterator[bytes]:
        """Yield the folded beginnings of less than `SHOWN` bytes that count before a line end.

        If the host may have cut the text, they count for more, with white space in between.
        """
        for cuttable in self._cuttables:
            if cuttable.cuts != cuts or not 0 < cuttable.least(b"\n") < SHOWN:
                continue
            blanks_count = cuts and cuttable.normalise(b" ")
            for text in cuttable.texts:
                if not cuts:
                    beginning = b""
                    for word in (text + b".").split(maxsplit=SHOWN)[:-1]:
                        beginning += fold(word)
                        if len(beginning) >= SHOWN:
                            break
                        yield beginning
                elif not blanks_count or len(fold(text[:SHOWN])) < SHOWN:
                    folded = fold(text)
                    yield from (folded[:size] for size in range(1, SHOWN))

    @cached_property
    def ends(self) -> Ends:
        """The ends of the patterns, indexed when the first ellipsis or cut is seen."""
        return Ends(self.patterns)

    @property
    def asked(self) -> Sequence[Asked]:
        """What a text is scanned for; each says whether it may show a pattern."""
        return (self.finder,)

    @property
    def ending(self) -> Sequence[tuple[AbstractSet[bytes], ShortBeginnings]]:
        """What leaves something open at the end of folded lines: `GRAM` bytes, or fewer."""
        return ((self._filter.grams, self.short_beginnings),)

    @property
    def memory(self) -> int:
        """How many bytes the texts of the patterns take."""
        return sum(map(len, self.patterns.texts))

    def passes_lines(self, lines: bytes, folded: bytes) -> bool:
        """Return whether whole lines certainly show nothing and leave nothing open.

        :param folded: the lines behind some folded context.
        """
        found = self._any(folded)
        if found and not self._only_marked(lines, folded, found):
            return False
        return self.leaves_nothing_open(lines, folded)

    def passes_text(self, text: FoldedText, released: int = 0) -> bool:
        """Return the same of whole lines with their context, which are looked at further if not."""
        if not self.finder.shows_none(text):
            return False
        if self.is_marked(text) and not self._shows_no_piece(text.data, text.ellipses, released):
            return False
        return self.leaves_nothing_open(text.data, text.folded)

    def leaves_nothing_open(self, lines: bytes, folded: bytes) -> bool:
        """Return whether the end of whole lines certainly begins no occurrence."""
        if not self._filter.rules_out(folded):
            return False
        return self.short_beginnings.end_in_none(lines, folded)

    def passes_whole(self, data: bytes, folded: bytes) -> bool:
        """Return whether a whole text certainly shows nothing, not even a pattern cut off."""
        found = self._any(folded)
        if found and not self._only_marked(data, folded, found):
            return False
        return self._cuts_off_nothing(folded)

    def _cuts_off_nothing(self, folded: bytes) -> bool:
        return not (self._padded or self._sparse) and self._filter.rules_out(folded)

    def _only_marked(self, data: bytes, folded: bytes, found: object) -> bool:
        """Return whether a text that has a pattern or a mark shows nothing of a pattern."""
        return not self.finder.any_word(folded, found) and self._shows_no_piece(data)

    def _shows_no_piece(
        self, data: bytes, ellipses: Ellipses | None = None, released: int = 0
    ) -> bool:
        """Return whether a text without a whole pattern shows no piece, and is not a dump."""
        if may_hold_dump(data):
            return False
        pieces = beside_ellipses(self, data, final=True, ellipses=ellipses, released=released)
        return next(pieces, None) is None

    def find(
        self,
        text: FoldedText,
        covered: Stretches | None = None,
        *,
        until: int | None = None,
        final: bool,
        every: bool = False,
    ) -> list[Span]:
        """List the occurrences in a text; see `Finder.find`."""
        if self._padded:
            until = None
        return self.finder.find(text, covered, until=until, final=final, every=every)

    def opening(self, text: FoldedText, released: int) -> Opening:
        """Return from where on the end of the text may be the beginning of an occurrence."""
        data = text.data
        size = len(data)
        if size == released:
            return Opening(size)
        first, expected = size, b""
        if (
            data.endswith(b"\n")
            and self.leaves_nothing_open(data, text.folded)
            and (self.finder.shows_none(text) or not self.finder.lengths(text))
        ):
            return Opening(size)
        for beginning in self._beginnings(text, released):
            if beginning.origin >= first:
                break
            if beginning.start < first:
                first, expected = beginning.start, fold(beginning.whole)
        if first == size:
            first -= data[-1] in self._before
        else:
            first -= first > released and data[first - 1] in self._before
        behind = max(released, undecided(self, data))
        return Opening(behind) if behind < first else Opening(first, expected)

    def endings(
        self, text: FoldedText, released: int, counts: Callable[[Span], object]
    ) -> Iterator[Span]:
        """Yield what must be masked at the very end of a text: the greater part of a pattern.

        :param counts: returns something true if what is inside of a span says nothing new.
        """
        first = len(text.data)
        for span, read, size in self._cut_off(text, released, _is_long):
            if span.start - span.shown > first + 1:  # one of the same origin may begin there
                return
            if size <= 2 * characters(read):
                yield span
                if span.start < first and counts(span):
                    first = span.start

    def is_marked(self, text: FoldedText) -> bool:
        """Return whether a text may hold a piece of a pattern, or a dump."""
        return self.finder.is_marked(text)

    def pieces(self, text: FoldedText, released: int, *, final: bool) -> Iterator[Span]:
        """Yield the pieces of patterns beside ellipses, of which the last may be unfinished."""
        if (self.is_marked(text) and text.ellipses) or (not final and may_be_unfinished(text.data)):
            yield from beside_ellipses(
                self, text.data, final=final, ellipses=text.ellipses, released=released
            )

    def cut_off(self, data: bytes, *, enough: Callable[[bytes], bool]) -> Iterator[Span]:
        """Yield the beginnings of patterns in which a text (bytes) ends, if they are `enough`."""
        folded = fold(data)
        if not self._cuts_off_nothing(folded) or self.finder.any_word(folded):
            for span, _, _ in self._cut_off(FoldedText(data), 0, enough):
                if not span.is_word:
                    yield span

    def _cut_off(
        self, text: FoldedText, released: int, enough: Callable[[bytes], bool]
    ) -> Iterator[tuple[Span, bytes, int]]:
        """Yield the beginnings of patterns in which a text ends, as they read.

        With each is how many characters the shortest of these patterns has.
        """
        data = text.data
        for origin, start, cuttable, normalised, _ in self._beginnings(text, released):
            shown = normalised if cuttable.blanks_count else normalised.translate(None, BLANKS)
            if not enough(shown):
                continue
            for pattern, size in cuttable.kinds(normalised).items():
                beside = start > released and data[start - 1] in pattern.before
                span = Span(
                    start - beside,
                    len(data),
                    pattern.secret,
                    pattern.reach,
                    final=True,
                    shown=start - origin,
                )
                yield span, normalised, size

    def _beginnings(self, text: FoldedText, released: int) -> Iterator[_Beginning]:
        """Yield where the end of a text may cut off a pattern, the first place first."""
        data, size = text.data, len(text.folded)
        if not data:
            return
        lengths = {*self._filter.lengths(text.folded), *self.finder.lengths(text)}
        for length in sorted(lengths, reverse=True):
            origin = text.origin(size - length)
            first = data[origin]
            for cuttable in self._cuttables:
                if first in cuttable.firsts and 0 < cuttable.least(data) <= length:
                    yield from _beginnings_at(origin, data, released, cuttable)
        if self._padded:
            for cuttable in self._cuttables:
                yield from _beginnings_at(len(data), data, released, cuttable)


def _beginnings_at(
    origin: int, data: bytes, released: int, cuttable: Cuttable
) -> Iterator[_Beginning]:
    """Yield where the end of a text cuts off a pattern whose first byte may stand at `origin`."""
    for at in _padded(data, origin, cuttable.padding) if cuttable.padding else (origin,):
        if (at < released and not cuttable.cuts) or at == len(data):
            continue
        normalised = cuttable.normalise(data[at : at + HEAD])
        whole = cuttable.texts.first_beginning_with(normalised)
        if whole is not None and at + HEAD < len(data):
            normalised = cuttable.normalise(data[at:])
            whole = cuttable.texts.first_beginning_with(normalised)
        if whole is None or (cuttable.words and alphanumeric_before(data, at, cuttable.base)):
            continue
        start = at
        if cuttable.cuts:
            blanks_count = cuttable.blanks_count
            start = first_masked(data, at, len(data), blanks_count=blanks_count, grows=True)
        if released <= start < len(data):
            yield _Beginning(at, start, cuttable, normalised, whole)


def _padded(data: bytes, origin: int, padding: int) -> Iterator[int]:
    """Yield a place and those before it, where only what folding drops stands in between."""
    yield origin
    for at in range(origin - 1, max(0, origin - padding) - 1, -1):
        if data[at] not in DROPPED:
            break
        yield at


def _is_long(normalised: bytes) -> bool:
    return characters(normalised) >= END_LENGTH
