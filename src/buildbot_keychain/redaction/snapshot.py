"""All secrets known at one moment: immutable, shared by every stream, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from .matching.layer import Layer, Opening
from .matching.pattern import Span
from .matching.view import FoldedText
from .output.labels import Labels

__all__ = ["Snapshot", "SnapshotReference"]

CONTEXT = 96
"""Bytes of released text that are looked at again: more than a cut pattern's pieces can take."""


@dataclass(frozen=True)
class Snapshot:
    """Layers of patterns, and the labels of their secrets."""

    layers: tuple[Layer, ...]
    labels: Labels
    through_escapes: bool
    whole_lines: bool

    @cached_property
    def context(self) -> int:
        """How many bytes of text are looked at again after they were released.

        What begins inside of a label must be seen to do so until all of it has come.
        """
        beginning_inside = [
            longest
            for layer in self.layers
            for beginning, longest in layer.brackets
            if len(beginning) <= self.labels.longest and self.labels.may_end_in(beginning)
        ]
        return max(CONTEXT, self.labels.longest + max(beginning_inside, default=0))

    def passes(self, folded: bytes, *, blank: bool) -> bool:
        """Return whether whole lines may pass as they are, for sure; see `Layer.passes`."""
        for layer in self.layers:  # noqa: SIM110 - a generator would cost more than the rest
            if not layer.passes(folded, blank):
                return False
        return True

    def find(self, text: FoldedText, until: int | None = None) -> list[Span]:
        """List the occurrences of every pattern in a text that do not reach into a label.

        They begin before `until`, a position in the folded text, if that is given.
        """
        return self._outside_of_labels(text, [], until=until, final=False)

    def find_at_end(self, text: FoldedText, released: int) -> list[Span]:
        """List the occurrences in a text that ends here, and the patterns that it has cut off."""
        endings = [span for layer in self.layers for span in layer.endings(text, released)]
        return self._outside_of_labels(text, endings, until=None, final=True)

    def _outside_of_labels(
        self, text: FoldedText, endings: list[Span], *, until: int | None, final: bool
    ) -> list[Span]:
        for every in (False, True):
            spans = list(endings)
            for layer in self.layers:
                spans += layer.find(text, until=until, final=final, every=every)
            if not spans:
                return spans
            kept = self.labels.drop_overlapping(text.data, spans, final=final)
            if len(kept) == len(spans):
                break
        return kept

    def opening(self, text: FoldedText, released: int) -> Opening:
        """Return from where on the end of a text may be the beginning of an occurrence."""
        openings = [layer.opening(text, released) for layer in self.layers]
        return min(openings, key=lambda opening: opening.start, default=Opening(len(text.data)))


class SnapshotReference:
    """What a redactor and all its streams share: the snapshot of the moment."""

    def __init__(self, snapshot: Snapshot, renew: Callable[[], None]) -> None:
        """Begin with a snapshot; `renew` sets the next one when this one is out of date."""
        self._snapshot = snapshot
        self._renew = renew
        self.current = True  # whether the snapshot lacks nothing

    def snapshot(self) -> Snapshot:
        """Return the snapshot that knows everything added before this call."""
        if not self.current:
            self._renew()
        return self._snapshot

    def expire(self) -> None:
        """Note that the snapshot lacks something."""
        self.current = False

    def set(self, snapshot: Snapshot) -> None:
        """Put the next snapshot in place, which lacks nothing."""
        self._snapshot = snapshot
        self.current = True
