"""All secrets known at one moment: immutable, shared by every stream, replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from .labels import Labels
from .needles import Layer, Span

__all__ = ["Snapshot"]


@dataclass(frozen=True)
class Snapshot:
    """Layers of needles, and the labels of their secrets."""

    layers: tuple[Layer, ...]
    labels: Labels
    through_escapes: bool
    whole_lines: bool

    def find(self, text: bytes, *, final: bool) -> list[Span]:
        """List the occurrences of every needle in a text (bytes) that do not reach into a label."""
        spans: list[Span] = []
        for layer in self.layers:
            spans += layer.find(text, final=final)
        return self.labels.respect(text, spans, final=final) if spans else spans

    def find_at_end(self, text: bytes, settled: int) -> list[Span]:
        """List the occurrences in a text that ends here, and the needles that it has cut off."""
        spans: list[Span] = []
        for layer in self.layers:
            spans += layer.find(text, final=True)
            spans += layer.endings(text, settled)
        return self.labels.respect(text, spans, final=True)

    def opening(self, text: bytes, settled: int) -> int:
        """From which byte on the end of a text may be the beginning of an occurrence."""
        return min((layer.opening(text, settled) for layer in self.layers), default=len(text))
