"""The patterns of very many secrets, of which few are compiled at any moment.

A `Layer` of 10,000 secrets would take gigabytes and minutes. Of nearly all of them no text ever
shows anything, so it is enough to know which ones a text may show (`hints`): these are compiled,
and asked. Short beginnings at the end of a text are looked up here, among the heads of patterns.

What does not fit, such as very short patterns, and what could only be told by words that very many
secrets have in common, makes up an ordinary `Layer` beside all that.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from buildbot_keychain.secretive import secretive

from .dump_lines import MARKS
from .ellipses import ELLIPSES
from .ends import Ends
from .hints import Heads, hints_of
from .indexed_ends import IndexedEnds, Tails
from .indexed_finder import IndexedFinder
from .later import Asked
from .layer import Layer, Opening
from .pattern import Pattern, Span, brackets
from .pieces import FoundPieces, TellingPieces
from .scanner import TIERS
from .view import FoldedText
from .words import Owners, WordIndex

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from .prefixes import ShortBeginnings

__all__ = ["IndexedLayer"]


class _Packed(Protocol):
    @property
    def count(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def bracketed(self) -> Sequence[Pattern]: ...
    def unpack(self) -> Iterable[Pattern]: ...


Part = TypeVar("Part", bound=_Packed)


@secretive
class IndexedLayer(Layer, Generic[Part]):
    """An immutable set of the patterns of very many secrets."""

    finder: IndexedFinder[Layer]

    def __init__(
        self,
        parts: Sequence[Part],
        compiled: Callable[[Part], Layer],
        tier: str = TIERS[0],
    ) -> None:
        """Index parts, each of a secret, for an engine tier.

        :param compiled: returns the compiled patterns of a part.
        """
        self._parts = parts
        self.size = sum(part.count for part in parts)
        self.bracketed = tuple(itertools.chain.from_iterable(part.bracketed for part in parts))
        self.brackets = brackets(self.bracketed)
        self.telling, self.beside = TellingPieces(), FoundPieces()
        words, self._tails = Owners(), Tails()
        heads = Heads()
        odd: set[int] = set()
        self._secrets: list[int] = []
        for unit, part in enumerate(parts):
            alone = (unit,)
            patterns = list(part.unpack())
            self._secrets.append(patterns[0].secret if patterns else 0)
            for hints in hints_of(patterns):
                if not hints.word:
                    odd.add(unit)
                    continue
                words.add(hints.word, alone)
                if hints.has_ends:
                    self._tails.add(hints.pattern.text, alone)
                heads.add(hints)
        left_over = list(self._left_over(odd, words.popular))
        self._rest = (Layer(left_over, tier),) if left_over else ()
        words.drop_popular()
        index = WordIndex(words, tier, (*ELLIPSES, *MARKS))

        def compiled_unit(unit: int) -> Layer:
            return compiled(parts[unit])

        self._compiled_unit = compiled_unit
        self.finder = IndexedFinder(index, compiled_unit, self._rest)
        self._any = self.finder.any
        self._filter = heads.filter()
        self._know_ends(heads.patterns)

    def _left_over(self, odd: AbstractSet[int], popular: AbstractSet[bytes]) -> Iterator[Pattern]:
        """Yield the patterns that do not fit, of `odd` units, or that have popular words."""
        for unit, part in enumerate(self._parts):
            if popular or unit in odd:
                for hints in hints_of(part.unpack()):
                    if not hints.word or hints.word in popular:
                        yield hints.pattern

    @property
    def asked(self) -> Sequence[Asked]:
        """What a text is scanned for; each says whether it may show a pattern."""
        return (self.finder, *(asked for layer in self._rest for asked in layer.asked))

    @property
    def ending(self) -> Sequence[tuple[AbstractSet[bytes], ShortBeginnings]]:
        """What leaves something open at the end of folded lines: `GRAM` bytes, or fewer."""
        return (*super().ending, *(ending for layer in self._rest for ending in layer.ending))

    @property
    def memory(self) -> int:
        """How many bytes the texts of the patterns take, unpacked."""
        return sum(part.size for part in self._parts)

    def passes_lines(self, lines: bytes, folded: bytes) -> bool:
        """Return whether whole lines certainly show nothing and leave nothing open."""
        rest = all(layer.passes_lines(lines, folded) for layer in self._rest)
        return rest and super().passes_lines(lines, folded)

    def leaves_nothing_open(self, lines: bytes, folded: bytes) -> bool:
        """Return whether the end of whole lines certainly begins no occurrence."""
        rest = all(layer.leaves_nothing_open(lines, folded) for layer in self._rest)
        return rest and super().leaves_nothing_open(lines, folded)

    def passes_text(self, text: FoldedText, released: int = 0) -> bool:
        """Return the same of whole lines with their context, which are looked at further if not."""
        rest = all(layer.passes_text(text, released) for layer in self._rest)
        return rest and super().passes_text(text, released)

    def passes_whole(self, data: bytes, folded: bytes) -> bool:
        """Return whether a whole text certainly shows nothing, not even a pattern cut off."""
        rest = all(layer.passes_whole(data, folded) for layer in self._rest)
        return rest and super().passes_whole(data, folded)

    def opening(self, text: FoldedText, released: int) -> Opening:
        """Return from where on the end of the text may be the beginning of an occurrence."""
        openings = [super().opening(text, released)]
        openings += (layer.opening(text, released) for layer in self.finder.asked(text))
        return min(openings, key=lambda opening: (opening.start, -len(opening.expected)))

    def endings(
        self, text: FoldedText, released: int, counts: Callable[[Span], object]
    ) -> Iterator[Span]:
        """Yield what must be masked at the very end of a text: the greater part of a pattern."""
        for layer in self.finder.asked(text):
            yield from layer.endings(text, released, counts)

    def cut_off(self, data: bytes, *, enough: Callable[[bytes], bool]) -> Iterator[Span]:
        """Yield the beginnings of patterns in which a text (bytes) ends, if they are `enough`."""
        text = FoldedText(data)
        for layer in self.finder.asked(text):
            yield from layer.cut_off(data, enough=enough)
        if not self._cuts_off_nothing(text.folded):
            yield from super().cut_off(data, enough=enough)

    @cached_property
    def ends(self) -> Ends:
        """The ends of the patterns."""
        compiled_unit = self._compiled_unit  # of what ends with the last reference to this layer
        return IndexedEnds(
            self._tails,
            self._secrets,
            [layer.ends for layer in self._rest],
            lambda unit: compiled_unit(unit).ends,
        )
