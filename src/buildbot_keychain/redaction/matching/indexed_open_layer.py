"""What is hidden from everybody, of any number of secrets.

The words are the anchors of `open_layer`: what nobody can guess. So a text that holds one has
guessed enough of a secret not to be a guess, and then that secret's `OpenLayer` is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from buildbot_keychain.secretive import secretive

from .kept_layers import compiled_for
from .layer import brackets
from .open_layer import OpenLayer
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
        self._alone = [part for part in parts if popular.isdisjoint(part.words)]
        self._compiled = compiled
        self._together = compile_parts(together) if together else None
        self._index = WordIndex(_owners([*((part,) for part in self._alone), together]), tier)
        self.any = self._index.any
        """Return something true if a folded text (bytes) may show a pattern."""

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
            for layer in compiled_for(text, self._index, self._layer)
            for span in layer.find(text, covered, until=until, final=final, every=every)
        ]

    def _layer(self, unit: int) -> OpenLayer:
        together = self._together if unit == len(self._alone) else None
        return together or self._compiled(self._alone[unit])


def _owners(units: Iterable[Sequence[_HasWords]]) -> Owners:
    owners = Owners()
    for number, unit in enumerate(units):
        alone = (number,)
        for part in unit:
            for word in part.words:
                owners.add(word, alone)
    return owners
