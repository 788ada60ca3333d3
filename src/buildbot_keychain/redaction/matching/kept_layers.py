"""What was compiled of single secrets, kept to be used again: for a text, and for the next ones.

Many audiences are given the same few secrets. A text that shows many secrets is asked about several
times; none of them is compiled twice for it, unless there are so many that they would take too much
memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from buildbot_keychain.secretive import secretive

from .layers import HasSize
from .view import FoldedText
from .words import WordIndex

__all__ = ["KEPT", "KeptLayers", "compiled_for"]

KEPT = 25_000
"""So many patterns are kept, compiled, for the next texts: of 400 tokens, in 60 megabytes.

Beside a secret with more than half of that, there may be half as many of others."""

KEPT_FOR_TEXT = 280_000
"""So many are kept for a text, each in 850 bytes; and"""

EACH = 100
"""what is compiled of a secret takes as much memory as so many more."""

Part = TypeVar("Part")
Compiled = TypeVar("Compiled", bound=HasSize)


@secretive
class KeptLayers(Generic[Part, Compiled]):
    """Compiles parts, and keeps what was asked for last. May be called from any thread.

    It does not keep parts: with one that is dropped goes what was compiled of it.
    """

    def __init__(self, compile_part: Callable[[Part], Compiled]) -> None:
        """Begin without any."""
        self._compile = compile_part
        self._lock = threading.Lock()
        # When the newer half is full, it takes the place of the older one.
        self._newer: WeakKeyDictionary[Part, Compiled] = WeakKeyDictionary()
        self._older: WeakKeyDictionary[Part, Compiled] = WeakKeyDictionary()
        self._newer_size = 0

    @property
    def size(self) -> int:
        """How many patterns are kept."""
        return sum(each.size for half in (self._newer, self._older) for each in half.values())

    def __contains__(self, part: Part) -> bool:
        """Return whether what was compiled of a part is kept."""
        return part in self._newer or part in self._older

    def __call__(self, part: Part) -> Compiled:
        """Return the compiled form of a part."""
        compiled = self._newer.get(part) or self._older.get(part)
        if compiled is None:
            compiled = self._compile(part)
        with self._lock:
            if part not in self._newer:
                self._keep(part, compiled)
        return compiled

    def _keep(self, part: Part, compiled: Compiled) -> None:
        self._older.pop(part, None)
        if compiled.size > KEPT:
            return
        self._newer_size += compiled.size
        if self._newer_size > KEPT // 2:
            self._older, self._newer = self._newer, WeakKeyDictionary()
            self._newer_size = compiled.size
        if compiled.size > KEPT // 2:
            self._older = WeakKeyDictionary()  # there is no room for more
        self._newer[part] = compiled


def compiled_for(
    text: FoldedText,
    index: WordIndex,
    compile_unit: Callable[[int], Compiled],
    units: Iterable[int] | None = None,
) -> Iterator[Compiled]:
    """Yield what is compiled of the units of which a text holds a word, in order.

    :param units: some of these; None for all.
    """
    kept: dict[int, Compiled] = text.compiled.setdefault(index, {})
    left = KEPT_FOR_TEXT - sum(each.size + EACH for each in kept.values())
    for unit in index.units(text) if units is None else units:
        compiled = kept.get(unit)
        if compiled is None:
            compiled = compile_unit(unit)
            if compiled.size + EACH <= left:
                left -= compiled.size + EACH
                kept[unit] = compiled
        yield compiled
