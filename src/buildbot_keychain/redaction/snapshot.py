"""All secrets known at one moment: immutable, shared by every stream, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .labels import Labels
from .layer import Layer
from .loose import Squeezed
from .needles import Span

__all__ = ["Known", "Snapshot"]


@dataclass(frozen=True)
class Snapshot:
    """Layers of needles, and the labels of their secrets."""

    layers: tuple[Layer, ...]
    labels: Labels
    through_escapes: bool
    whole_lines: bool

    @property
    def look(self) -> Callable[[str], object]:
        """The look at whole lines that `Layer.look` offers; one that doubts all if there is more.

        It gives something false if the lines can pass as they are.
        """
        return (self.layers[0].look if self._simple else None) or _doubt

    @property
    def direct(self) -> Callable[[bytes], object] | None:
        """What `look` does, for ASCII text as bytes, if there is something quicker for them."""
        return self.layers[0].direct if self._simple else None

    @property
    def _simple(self) -> bool:
        return len(self.layers) == 1 and not self.through_escapes

    def quiet(self, data: bytes) -> bool:
        """Whether data (bytes, not empty) can pass as it is, for sure, whatever was before it."""
        if self.through_escapes and b"\x1b" in data:
            return False
        view = Squeezed(data)
        return all(layer.alone and layer.quiet(view) for layer in self.layers)

    def find(self, view: Squeezed, *, final: bool) -> list[Span]:
        """List the occurrences of every needle in a text that do not reach into a label."""
        return self._respectful(view, (), final=final)

    def find_at_end(self, view: Squeezed, settled: int) -> list[Span]:
        """List the occurrences in a text that ends here, and the needles that it has cut off."""
        endings = [span for layer in self.layers for span in layer.endings(view, settled)]
        return self._respectful(view, endings, final=True)

    def _respectful(self, view: Squeezed, more: Iterable[Span], *, final: bool) -> list[Span]:
        for every in (False, True):
            spans = list(more)
            for layer in self.layers:
                spans += layer.find(view, final=final, every=every)
            kept = self.labels.respect(view.data, spans, final=final) if spans else spans
            if len(kept) == len(spans):
                break
        return kept

    def opening(self, view: Squeezed, settled: int) -> int:
        """From which byte on the end of a text may be the beginning of an occurrence."""
        return min((layer.opening(view, settled) for layer in self.layers), default=len(view.data))


def _doubt(_text: str) -> bool:
    return True


class Known:
    """What a redactor and all its streams share: the snapshot of the moment."""

    def __init__(self, snapshot: Snapshot, renew: Callable[[], None]) -> None:
        """Begin with a snapshot; `renew` sets the next one when this one is out of date."""
        self._snapshot = snapshot
        self._renew = renew
        self._current = True
        self.look: Callable[[str], object] = snapshot.look
        self.direct: Callable[[bytes], object] | None = snapshot.direct

    def snapshot(self) -> Snapshot:
        """The snapshot that knows everything added before this call."""
        if not self._current:
            self._renew()
        return self._snapshot

    def expire(self) -> None:
        """Say that the snapshot lacks something."""
        self._current = False
        self.look = _doubt
        self.direct = None

    def set(self, snapshot: Snapshot) -> None:
        """Put the next snapshot in place, which lacks nothing."""
        self._snapshot = snapshot
        self._current = True
        self.look = snapshot.look
        self.direct = snapshot.direct
