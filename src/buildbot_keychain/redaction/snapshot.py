"""All secrets known at one moment: immutable, shared by every stream, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from .bulk import Bulk
from .engine import Thick
from .labels import Labels
from .layer import Layer
from .loose import Squeezed
from .needles import Span

__all__ = ["SHORT", "Known", "Snapshot"]

CONTEXT = 96
"""Bytes of released text that are looked at again: more than a cut needle's pieces can take."""

SHORT = 4096
"""Bytes up to which a quick look comes first; in a longer text there is something nearly always."""


@dataclass(frozen=True)
class Snapshot:
    """Layers of needles, and the labels of their secrets."""

    layers: tuple[Layer, ...]
    labels: Labels
    through_escapes: bool
    whole_lines: bool

    @property
    def suspect_lines(self) -> Callable[[bytes], object] | None:
        """A look at whole lines: it gives something false if they can pass as they are, for sure.

        None where more than one look would be needed.
        """
        return self.layers[0].suspect_lines if self._simple else None

    @property
    def look(self) -> Callable[[str], object] | None:
        """What `suspect_lines` does, for a text (str), if that is quicker."""
        return self.layers[0].look if self._simple else None

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

    @cached_property
    def reach(self) -> int:
        """How many characters at the end of a text tell whether an occurrence may begin there."""
        return max((self.context, *(layer.longest for layer in self.layers)))

    @cached_property
    def solid(self) -> bool:
        """Whether nothing matters but the very text of needles, nor where a text is cut."""
        return not self.whole_lines and all(layer.solid for layer in self.layers)

    def suspect(self, view: Squeezed) -> bool:
        """Whether an occurrence is in a text, or so much that it takes long to say."""
        if len(view.data) <= SHORT and not any(layer.suspect(view) for layer in self.layers):
            return False
        try:
            return bool(self.find(view, final=False, patient=False))
        except Thick:
            return True

    @property
    def _simple(self) -> bool:
        return len(self.layers) == 1 and not self.through_escapes

    @cached_property
    def bulk(self) -> Bulk | None:
        """What may be tried where secrets stand thickly, if that is possible."""
        if not self.solid:
            return None
        needles = [needle for layer in self.layers for needle in layer.needles]
        return Bulk(((needle.text, needle.secret) for needle in needles), self.labels.by_secret)

    def find(self, view: Squeezed, *, final: bool, patient: bool = True) -> list[Span]:
        """List the occurrences of every needle in a text that do not reach into a label.

        Unless it is `patient` it raises `Thick` where another way is likely to be quicker.
        """
        return self._respectful(view, (), final=final, patient=patient)

    def find_at_end(self, view: Squeezed, settled: int) -> list[Span]:
        """List the occurrences in a text that ends here, and the needles that it has cut off."""
        endings = [span for layer in self.layers for span in layer.endings(view, settled)]
        return self._respectful(view, endings, final=True)

    def _respectful(
        self,
        view: Squeezed,
        more: Iterable[Span],
        *,
        final: bool,
        patient: bool = True,
    ) -> list[Span]:
        for every in (False, True):
            spans = list(more)
            for layer in self.layers:
                spans += layer.find(view, final=final, every=every, patient=patient)
            kept = self.labels.respect(view.data, spans, final=final) if spans else spans
            if len(kept) == len(spans):
                break
        return kept

    def opening(self, view: Squeezed, settled: int) -> int:
        """From which byte on the end of a text may be the beginning of an occurrence."""
        opened = len(view.data)
        for layer in self.layers:
            opened = min(opened, layer.opening(view, settled))
        return opened


class Known:
    """What a redactor and all its streams share: the snapshot of the moment.

    Whoever reads the looks of an older one while a secret is added began before `add` returned.
    """

    def __init__(self, snapshot: Snapshot, renew: Callable[[], None]) -> None:
        """Begin with a snapshot; `renew` sets the next one when this one is out of date."""
        self._snapshot = snapshot
        self._renew = renew
        self.current = True  # whether the snapshot lacks nothing
        self.suspect_lines = snapshot.suspect_lines
        self.look = snapshot.look

    def snapshot(self) -> Snapshot:
        """The snapshot that knows everything added before this call."""
        if not self.current:
            self._renew()
        return self._snapshot

    def expire(self) -> None:
        """Say that the snapshot lacks something."""
        self.current = False
        self.suspect_lines = None
        self.look = None

    def set(self, snapshot: Snapshot) -> None:
        """Put the next snapshot in place, which lacks nothing."""
        self._snapshot = snapshot
        self.current = True
        self.suspect_lines = snapshot.suspect_lines
        self.look = snapshot.look
