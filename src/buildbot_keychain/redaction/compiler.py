"""Compiling the patterns of secrets to layers: one of each, and of several together.

What is compiled of one secret is kept for a while, for whoever was given it.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.secretive import secretive

from .matching.indexed_layer import IndexedLayer
from .matching.kept_layers import KeptLayers
from .matching.layer import Layer
from .matching.merged_layer import MergedLayer
from .packed import PackedPatterns, unpacked

__all__ = ["AHEAD", "Compiler"]

AHEAD = 500
"""So many patterns are compiled before anything is locked: it takes about ten milliseconds."""

INDEXED = 50_000
"""From so many patterns on, a layer compiles of a secret what texts need of it."""


@secretive
class Compiler:
    """Compiles patterns for an engine tier."""

    def __init__(self, tier: str) -> None:
        """Begin with nothing kept."""
        self.tier = tier
        self.layer_of = KeptLayers(self.new_layer_of)
        """Return the layer of one secret's patterns."""

    def new_layer_of(self, part: PackedPatterns) -> Layer:
        """Return the layer of one secret's patterns, which is not kept."""
        return Layer(part.unpack(), self.tier)

    def compile(self, parts: Sequence[PackedPatterns], *, passing: bool = False) -> Layer:
        """Return the layer of secrets that are given together; nothing of passing ones is kept."""
        if self.is_indexed(parts):
            return IndexedLayer(parts, self.new_layer_of if passing else self.layer_of, self.tier)
        return Layer(unpacked(parts), self.tier)

    def merge(self, parts: Sequence[PackedPatterns], layers: Sequence[Layer]) -> Layer:
        """Return the layer of secrets of which there are several layers."""
        return self.compile(parts) if self.is_indexed(parts) else MergedLayer(layers, self.tier)

    def is_indexed(self, parts: Sequence[PackedPatterns]) -> bool:
        """Return whether there are so many patterns that few of them are compiled at a time."""
        return sum(part.count for part in parts) >= INDEXED
