"""The layers of a redactor: few, though secrets come one at a time, and compiled without a pause.

What comes new is compiled at once, together with the newest layer if that is small: it takes
milliseconds, and no text passes before. Then each layer should be much larger than the newer ones
together, so that there are few and a pattern is not compiled again too often.
Layers that are not are merged by a thread, which may take seconds; until it is done they serve as
they are.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from .layer import Layer
from .pattern import Pattern

__all__ = ["Layers"]

SMALL = 1000
"""A layer of fewer patterns is compiled again at once with what comes next."""

RATIO = 4
"""A layer has at least so many times the patterns of all newer ones together."""


class Layers:
    """The layers of patterns that are in force, the oldest first."""

    def __init__(self, tier: str, lock: threading.Lock, changed: Callable[[], None]) -> None:
        """Begin without any. `changed` is called, under the lock, when layers have been merged."""
        self._tier = tier
        self._lock = lock
        self._changed = changed
        self._layers: list[Layer] = []
        self._merging: Sequence[Layer] = ()
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[Layer]:
        """Go through the layers."""
        return iter(self._layers)

    def add(self, patterns: Iterable[Pattern]) -> Layer:
        """Compile patterns and return the layer that holds them. The lock is held."""
        small = [
            layer
            for layer in self._layers[-1:]
            if len(layer.patterns) < SMALL and layer not in self._merging
        ]
        together = [pattern for layer in small for pattern in layer.patterns]
        layer = Layer([*together, *patterns], self._tier)
        self._layers[len(self._layers) - len(small) :] = [layer]
        if self._thread is None and self._uneven():
            thread = threading.Thread(target=self._merge, name="redaction", daemon=True)
            # Where there is no thread to be had, the layers serve as they are.
            with contextlib.suppress(RuntimeError):
                thread.start()
                self._thread = thread
        return layer

    def settle(self) -> None:
        """Wait until no layers are being merged. The lock is not held."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _uneven(self) -> Sequence[Layer]:
        """Return the newest layers, from the first that is not much larger than all newer ones."""
        first, newer = len(self._layers), 0
        for at in reversed(range(len(self._layers))):
            size = len(self._layers[at].patterns)
            if size < RATIO * newer:
                first = at
            newer += size
        return self._layers[first:]

    def _merge(self) -> None:
        try:
            while self._begin():
                patterns = [pattern for layer in self._merging for pattern in layer.patterns]
                merged = Layer(patterns, self._tier)
                with self._lock:
                    at = self._layers.index(self._merging[0])
                    self._layers[at : at + len(self._merging)] = [merged]
                    self._changed()
        finally:
            self._merging, self._thread = (), None

    def _begin(self) -> bool:
        """Choose what is merged next, if anything is to be."""
        with self._lock:
            self._merging = self._uneven()
            if not self._merging:
                self._thread = None
            return bool(self._merging)
