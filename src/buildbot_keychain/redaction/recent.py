"""What is compiled for the last audiences: the next ones may be given the same, or more.

What is compiled of one secret is kept for all of them (`Compiler.layer_of`). Here is what is
compiled of several together, bounded by the number of audiences and that of the patterns.
"""

from __future__ import annotations

from buildbot_keychain.secretive import secretive

from .covered import Covered
from .matching.kept_layers import KEPT

__all__ = ["RECENT", "Recent"]

RECENT = 64
"""So many sets of secrets stay compiled after the last audience they were given to."""


@secretive
class Recent:
    """The sets of secrets that audiences were given last. The lock is held in all methods."""

    def __init__(self) -> None:
        """Begin without any."""
        self._covered: dict[Covered, None] = {}

    def keep(self, covered: Covered) -> None:
        """Keep a set, now the newest; a new one in place of the oldest."""
        is_new = covered not in self._covered
        self._covered.pop(covered, None)
        self._covered[covered] = None
        while is_new and (len(self._covered) > RECENT or self.size > KEPT):
            del self._covered[next(iter(self._covered))]

    @property
    def size(self) -> int:
        """How many patterns the layers hold."""
        layers = {layer for covered in self._covered for layer in covered.compiled}
        return sum(layer.size for layer in layers)

    def drop(self, key: str) -> None:
        """Keep no set that has a secret, given by its key."""
        for covered in [each for each in self._covered if key in (each.names or ())]:
            del self._covered[covered]

    def most_of(self, names: frozenset[str]) -> Covered | None:
        """Return the set that has most of some names, and no others; None if there is none."""
        parts = (each for each in self._covered if each.names is not None and each.names < names)
        return max(parts, key=lambda part: (len(part.taken), len(part.names or ())), default=None)
