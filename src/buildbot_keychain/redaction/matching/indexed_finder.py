"""Finding the occurrences of patterns of very many secrets, of which few are compiled.

It answers as a `Finder` does. A text is scanned for words; what is compiled of the units whose
words it holds is asked, and before these what is compiled of all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from buildbot_keychain.secretive import secretive

from .kept_layers import compiled_for
from .layers import HasSize
from .pattern import Span
from .stretches import Stretches
from .view import FoldedText
from .words import WordIndex

__all__ = ["IndexedFinder"]


class Finds(HasSize, Protocol):
    """What is compiled of some patterns."""

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


Compiled = TypeVar("Compiled", bound=Finds)


@secretive
class IndexedFinder(Generic[Compiled]):
    """An immutable index of units, and what is compiled of some of them."""

    def __init__(
        self,
        index: WordIndex,
        compiled_unit: Callable[[int], Compiled],
        rest: Sequence[Compiled] = (),
    ) -> None:
        """Take an index.

        :param compiled_unit: returns what is compiled of a unit.
        :param rest: what is compiled of patterns that are in no unit.
        """
        self._index = index
        self._compiled_unit = compiled_unit
        self._rest = rest
        self.any = index.any
        """Return something true if a folded text (bytes) may show a pattern or holds a mark."""
        self.any_word = index.any_word
        """Return whether a folded text (bytes) may show a pattern."""
        self.is_marked = index.is_marked
        """Return whether a text holds a mark."""

    def asked(self, text: FoldedText) -> Iterator[Compiled]:
        """Yield what may know something about a text."""
        yield from self._rest
        yield from compiled_for(text, self._index, self._compiled_unit)

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
        return [
            span
            for layer in self.asked(text)
            for span in layer.find(text, covered, until=until, final=final, every=every)
        ]

    def shows_none(self, text: FoldedText) -> bool:
        """Return whether a text certainly shows no pattern of a unit."""
        return not self._index.units(text)

    def lengths(self, text: FoldedText) -> set[int]:  # noqa: ARG002 - as there
        """Return none: a beginning that holds its word is found by the layer that is asked."""
        return set()
