"""The layers of a redactor: few, though secrets come one at a time, and compiled without a pause.

What comes new is compiled at once, together with the newest layer if that is small, and no text
passes before: it takes milliseconds, unless very much is new. Then each layer should be as large as
all newer ones together, so that there are few and a pattern is not compiled again too often. Layers
that are not are merged by a thread, which may take seconds; until it is done they serve as they
are.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from buildbot_keychain.secretive import secretive

__all__ = ["HasSize", "Layers"]

SMALL = 250
"""A layer of fewer patterns is compiled again at once with what comes next."""

RATIO = 1
"""A layer has at least so many times the patterns of all newer ones together."""

Part = TypeVar("Part")
Compiled = TypeVar("Compiled", bound="HasSize")


class HasSize(Protocol):
    """The compiled form of patterns."""

    @property
    def size(self) -> int:
        """How many patterns there are."""


@secretive
@dataclass(frozen=True, eq=False, repr=False)
class _Layer(Generic[Part, Compiled]):
    parts: list[Part]
    compiled: Compiled

    @property
    def size(self) -> int:
        return self.compiled.size


@secretive
class Layers(Generic[Part, Compiled]):
    """The layers that are in force, the oldest first."""

    def __init__(
        self,
        compile_parts: Callable[[list[Part]], Compiled],
        lock: threading.Lock,
        changed: Callable[[], None],
        few: int = 0,
        merge: Callable[[list[Part], list[Compiled]], Compiled] | None = None,
    ) -> None:
        """Begin without any.

        :param compile_parts: compiles patterns, or what holds them.
        :param changed: is called, under the lock, when layers have been merged.
        :param few: so many layers are not merged.
        :param merge: compiles patterns of which there are several layers, given these as well.
        """
        self._compile = compile_parts
        self._merged = merge or (lambda parts, _: compile_parts(parts))
        self._lock = lock
        self._changed = changed
        self._few = few
        self._layers: list[_Layer[Part, Compiled]] = []
        self._merging: Sequence[_Layer[Part, Compiled]] = ()
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[Compiled]:
        """Go through the layers."""
        return (layer.compiled for layer in self._layers)

    def items(self) -> Iterator[tuple[Sequence[Part], Compiled]]:
        """Go through the layers, each with what it holds."""
        return ((layer.parts, layer.compiled) for layer in self._layers)

    def begin_with(self, others: Layers[Part, Compiled]) -> None:
        """Take over the layers that others have now. Lock held."""
        self._layers = list(others._layers)

    def add(self, parts: Iterable[Part], compiled: Compiled | None = None) -> Compiled:
        """Return the layer that holds parts: their compiled form, if it is given. Lock held."""
        small: list[_Layer[Part, Compiled]] = []
        if compiled is not None:
            layer = _Layer(list(parts), compiled)
        else:
            small = [
                layer
                for layer in self._layers[-1:]
                if layer.size < SMALL and layer not in self._merging
            ]
            together = [part for layer in small for part in layer.parts]
            together += parts
            layer = _Layer(together, self._compile(together))
        self._layers[len(self._layers) - len(small) :] = [layer]
        if len(self._layers) > self._few and self._thread is None and self._uneven():
            thread = threading.Thread(target=self._merge, name="redaction", daemon=True)
            # Where there is no thread to be had, the layers serve as they are.
            with contextlib.suppress(RuntimeError):
                thread.start()
                self._thread = thread
        return layer.compiled

    def settle(self) -> None:
        """Wait until no layers are being merged. The lock is not held."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _uneven(self) -> Sequence[_Layer[Part, Compiled]]:
        """Return the newest layers, from the first that is smaller than all newer ones."""
        first, newer = len(self._layers), 0
        for at in reversed(range(len(self._layers))):
            size = self._layers[at].size
            if size < RATIO * newer:
                first = at
            newer += size
        return self._layers[first:]

    def _merge(self) -> None:
        try:
            while merging := self._begin():
                parts = [part for layer in merging for part in layer.parts]
                layers = [layer.compiled for layer in merging]
                merged = _Layer(parts, self._merged(parts, layers))
                with self._lock:
                    at = self._layers.index(merging[0])
                    self._layers[at : at + len(merging)] = [merged]
                    self._changed()
        finally:
            with self._lock:
                # Unless there is another thread by now, which goes on where this one ended.
                if self._thread is threading.current_thread():
                    self._merging, self._thread = (), None

    def _begin(self) -> Sequence[_Layer[Part, Compiled]]:
        """Choose the layers that are merged next, and return them; none if all is well."""
        with self._lock:
            self._merging = self._uneven()
            if not self._merging:
                self._thread = None
            return self._merging
