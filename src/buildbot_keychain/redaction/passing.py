"""What is compiled of passing secrets: values that somebody chose, which come and go with builds.

What is compiled of several values is of one chooser. When one of them goes, only what holds it is
compiled again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NamedTuple

from buildbot_keychain.secretive import secretive

if TYPE_CHECKING:
    from .compiler import Compiler
    from .matching.layer import Layer
    from .packed import PackedPatterns
    from .secret import Secret

__all__ = ["Passing", "PassingLayers"]

TOGETHER = 1000
"""So many patterns of passing secrets are in one layer, which is compiled again when one goes."""


@secretive
class Passing(NamedTuple):
    """Passing secrets that somebody chose."""

    parts: list[PackedPatterns]
    layer: Layer
    known: AbstractSet[str]
    """The live set of what was given to whoever chose them."""


@secretive
class PassingLayers:
    """The layers of the passing secrets that were given to an audience. The lock is held."""

    def __init__(self, compiler: Compiler) -> None:
        """Begin without any."""
        self._compiler = compiler
        self._together: list[Passing] = []
        self._large: list[Passing] = []
        self._changes = 0

    def __iter__(self) -> Iterator[Layer]:
        """Go through the layers."""
        return (each.layer for each in (*self._together, *self._large))

    def begin_with(self, others: PassingLayers) -> None:
        """Take over what is compiled of values of which some may be among these."""
        self._together = list(others._together)

    def of(self, secrets: Iterable[Secret], changes: int) -> list[Passing]:
        """Return the layers of the passing secrets that there are now, after so many changes."""
        if self._changes != changes:
            by_chooser: dict[int, list[Secret]] = {}
            self._large = []
            for secret in secrets:
                if secret.layer is None:
                    by_chooser.setdefault(id(secret.known), []).append(secret)
                else:
                    large = Passing([secret.patterns], secret.layer, secret.known)
                    self._large.append(large)
            self._together = [
                passing for chosen in by_chooser.values() for passing in self._of_chooser(chosen)
            ]
            self._changes = changes
        return [*self._together, *self._large]

    def _of_chooser(self, secrets: Sequence[Secret]) -> list[Passing]:
        """Return the layers of passing secrets that somebody chose.

        Compiled are those that lack one, with the last ones if these are few.
        """
        known, parts = secrets[0].known, [secret.patterns for secret in secrets]

        def compiled(parts: list[PackedPatterns]) -> Passing:
            return Passing(parts, self._compiler.compile(parts, passing=True), known)

        if self._compiler.is_indexed(parts):
            return [compiled(parts)]
        groups = [passing for passing in self._together if passing.known is known]
        has_layer = {part for passing in groups for part in passing.parts}
        if not has_layer.issubset(parts):
            groups, has_layer = [], set()
        last: list[PackedPatterns] = []
        for part in parts:
            if part in has_layer:
                continue
            if not last and groups and _size(groups[-1].parts) < TOGETHER:
                last, groups = groups[-1].parts, groups[:-1]
            if _size(last) >= TOGETHER:
                groups, last = [*groups, compiled(last)], []
            last = [*last, part]
        return [*groups, compiled(last)] if last else groups

    def drop(self, part: PackedPatterns) -> None:
        """Drop what is compiled of a secret, which is forgotten."""
        self._together = [each for each in self._together if part not in each.parts]
        self._large = [each for each in self._large if part not in each.parts]


def _size(parts: Iterable[PackedPatterns]) -> int:
    return sum(part.count for part in parts)
