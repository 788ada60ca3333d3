"""What is hidden from everybody, of any number of secrets.

The words are the anchors of `open_layer`: what nobody can guess. So a text that holds one has
guessed enough of a secret not to be a guess, and then what finds that secret is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from buildbot_keychain.secretive import secretive

from .kept_layers import compiled_for
from .pattern import brackets
from .words import Owners, WordIndex

if TYPE_CHECKING:
    from .finder import Finder
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
        compiled: Callable[[Part], Finder],
        compile_parts: Callable[[Sequence[Part]], Finder],
        tier: str,
    ) -> None:
        """Index the words of parts, each of a secret, for an engine tier.

        :param compiled: returns what finds the patterns of a part; see `open_layer`.
        :param compile_parts: returns what finds those of several together.
        """
        self.size = sum(part.count for part in parts)
        """How many patterns there are."""
        self.brackets = brackets(itertools.chain.from_iterable(part.bracketed for part in parts))
        popular = _owners((part,) for part in parts).popular
        together = [part for part in parts if not popular.isdisjoint(part.words)]
        self._alone = [part for part in parts if popular.isdisjoint(part.words)]
        self._compiled = compiled
        self._together = compile_parts(together) if together else None
        self.index = WordIndex(_owners([*((part,) for part in self._alone), together]), tier)
        """Says which secrets a text may show."""
        self.any = self.index.any
        """Return something true if a folded text (bytes) may show a pattern."""

    def shows_none(self, text: FoldedText) -> bool:
        """Return whether a text certainly shows no pattern."""
        return not self.index.units(text)

    def find(
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
            for finder in self._asked(text, given)
            for span in finder.find(text, covered, until=until, final=final, every=every)
        ]

    def _asked(self, text: FoldedText, given: Container[object]) -> Iterator[Finder]:
        """Yield what may find something in a text."""
        alone = self._alone
        units = [
            unit
            for unit in self.index.units(text)
            if unit >= len(alone) or alone[unit] not in given
        ]
        if not units:
            return
        words = self.index.found(text)
        finders = compiled_for(text, self.index, self._compiled_unit, units)
        for unit, finder in zip(units, finders, strict=True):
            # Words and anchors are the same: a text that was scanned for the ones is not for the
            # others. Those of secrets that are looked for together may have been chosen otherwise.
            if unit < len(alone):
                finder.take_places(text, words)
            yield finder

    def _compiled_unit(self, unit: int) -> Finder:
        if self._together is not None and unit == len(self._alone):
            return self._together
        return self._compiled(self._alone[unit])


def _owners(units: Iterable[Sequence[_HasWords]]) -> Owners:
    owners = Owners()
    for number, unit in enumerate(units):
        alone = (number,)
        for part in unit:
            for word in part.words:
                owners.add(word, alone)
    return owners
