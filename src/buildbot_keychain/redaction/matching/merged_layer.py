"""One layer of several, whose anchors and marks it takes over: most of the work is to choose these.

So a layer is compiled once, however often it is merged with others.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from buildbot_keychain.secretive import secretive

from .finder import Finder
from .layer import Layer
from .pattern_table import PatternTable
from .pieces import union_of_marks
from .prefixes import PrefixFilter
from .scanner import TIERS

__all__ = ["MergedLayer"]


@secretive
class MergedLayer(Layer):
    """The patterns of several layers, which have none in common."""

    def __init__(self, layers: Sequence[Layer], tier: str = TIERS[0]) -> None:
        """Compile the patterns for an engine tier, which is that of the layers."""
        finders = [layer.finder for layer in layers if isinstance(layer.finder, Finder)]
        self._compile(
            PatternTable.of(*(layer.patterns.columns for layer in layers)),
            dict(itertools.chain.from_iterable(finder.anchored() for finder in finders)),
            union_of_marks(finder.marks for finder in finders),
            PrefixFilter.union([layer._filter for layer in layers]),  # noqa: SLF001 - of one kind
            tier,
        )
