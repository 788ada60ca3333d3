"""What is hidden from everybody, of any number of secrets.

The words are the anchors of `open_layer`: what nobody can guess. So a text that holds one has
guessed enough of a secret not to be a guess, and then that secret's `OpenLayer` is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from buildbot_keychain.secretive import secretive

from .indexed_finder import IndexedFinder
from .kept_layers import compiled_for
from .open_layer import OpenLayer
from .pattern import brackets
from .words import Owners, WordIndex

if TYPE_CHECKING:
    from .pattern import Pattern, Span
    from .stretches import Stretches
    from .view import FoldedText

__all__ = ["IndexedOpenLayer"]


class _HasWords(Protocol):
    @property
    def words(self) -> Sequence[bytes]: ...
    @property
    def count(self) -> int: ...
    @property
    def bracketed(self) -> Sequence[Pattern]: ...


Part = TypeVar("Part", bound=_HasWords)


@secretive
class IndexedOpenLayer(Generic[Part]):
    """An immutable set of patterns that are hidden from everybody."""

    def __init__(
        self,
        parts: Sequence[Part],
        compiled: Callable[[Part], OpenLayer],
        compile_parts: Callable[[Sequence[Part]], OpenLayer],
        tier: str,
    ) -> None:
        """Index the words of parts, each of a secret, for an engine tier.

        :param compiled: returns the compiled patterns of a part.
        :param compile_parts: compiles the patterns of several together.
        """
        self.size = sum(part.count for part in parts)
        """How many patterns there are."""
        self.brackets = brackets(itertools.chain.from_iterable(part.bracketed for part in parts))
        popular = _owners((part,) for part in parts).popular
        together = [part for part in parts if not popular.isdisjoint(part.words)]
        alone = [part for part in parts if popular.isdisjoint(part.words)]
        of_together = compile_parts(together) if together else None

        def compiled_unit(unit: int) -> OpenLayer:
            return of_together if of_together and unit == len(alone) else compiled(alone[unit])

        self.index = WordIndex(_owners([*((part,) for part in alone), together]), tier)
        """Says which secrets a text may show."""
        finder = _OpenFinder(self.index, compiled_unit, alone)
        self.any = finder.any
        """Return something true if a folded text (bytes) may show a pattern."""
        self.shows_none = finder.shows_none
        """Return whether a text (`FoldedText`) certainly shows no pattern."""
        self.find = finder.find_beside
        """List the occurrences in a text; see `_OpenFinder.find_beside`."""


@secretive
class _OpenFinder(IndexedFinder[OpenLayer]):
    """Words and anchors are the same: a text that was scanned for the ones is not for the others.

    Those of secrets that are looked for together may have been chosen otherwise.
    """

    def __init__(
        self, index: WordIndex, compiled_unit: Callable[[int], OpenLayer], alone: Sequence[object]
    ) -> None:
        """Take an index of units, of which the first are of one part each."""
        super().__init__(index, compiled_unit)
        self._alone = alone

    def find_beside(
        self,
        text: FoldedText,
        covered: Stretches | None = None,
        *,
        until: int | None = None,
        final: bool,
        every: bool = False,
        given: Container[object] = (),
    ) -> list[Span]:
        """List the occurrences in a text; see `Finder.find`.

        :param given: parts of which they may be missing: they are found as patterns of what was
            given.
        """
        return [
            span
            for layer in self._asked_beside(text, given)
            for span in layer.find(text, covered, until=until, final=final, every=every)
        ]

    def _asked_beside(self, text: FoldedText, given: Container[object]) -> Iterator[OpenLayer]:
        """Yield the layers that may know something about a text."""
        alone = self._alone
        units = [
            unit
            for unit in self._index.units(text)
            if unit >= len(alone) or alone[unit] not in given
        ]
        if not units:
            return
        words = self._index.found(text)
        layers = compiled_for(text, self._index, self._compiled_unit, units)
        for unit, layer in zip(units, layers, strict=True):
            if unit < len(alone):
                layer.finder.take_places(text, words)
            yield layer


def _owners(units: Iterable[Sequence[_HasWords]]) -> Owners:
    owners = Owners()
    for number, unit in enumerate(units):
        alone = (number,)
        for part in unit:
            for word in part.words:
                owners.add(word, alone)
    return owners
