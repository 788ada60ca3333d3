"""Finding any of many short words in a text: the only module that knows somebody else's matcher.

In the tier ``native`` it is the Aho-Corasick automaton of daachorse; in the tier ``stdlib``, which
is always there, a regular expression, and of many words that are long enough a set of pieces. They
find the same. A text that repeats itself may show words at every place: so it is scanned in blocks,
and where a block repeats itself, that is not scanned further, and the places are listed as ranges.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter

from .expression import Expression
from .grams import HEAD, Grams

# It does not have wheels for every platform, and is an extra.
try:
    import daachorse
except ImportError:
    daachorse = None  # type: ignore[assignment]

__all__ = [
    "FEW",
    "MARKED",
    "TIERS",
    "Hits",
    "Places",
    "Scanner",
    "check_tier",
    "either",
]

TIERS = ("native", "stdlib") if daachorse is not None else ("stdlib",)
"""The tiers that can be asked for on this machine, the best first."""

BLOCK = 256
"""Bytes of text that are scanned at once where words are dense; elsewhere `GROWTH` times as many.

So a list of places does not take much memory.
"""

GROWTH = 4
"""How many times as much of a text is scanned next where words are not dense."""

LARGEST = 262_144
"""So many bytes are scanned at once, at most."""

DENSE = 32
"""Words are dense if there is one for so many bytes, or more."""

Hits = list[tuple[int, int, int]]
"""Where words start and end, and their indices."""

Places = dict[int, list[Sequence[int]]]
"""By the index of a word, where it starts: ascending sequences."""

FEW = 64
"""So many words in a text are few."""

MANY = 500
"""So many long words, or more, are looked for by their pieces."""

_WORD = itemgetter(2)

MARKED = -1
"""The index of all marks together; where they are is not told."""


def check_tier(tier: str) -> None:
    """Raise `ValueError` if this machine does not have a tier."""
    if tier not in TIERS:
        raise ValueError(f"no such engine tier here: {tier!r}; there is {', '.join(TIERS)}")


class Scanner:
    """Finds words (bytes, distinct, not empty) in a text.

    Along with them it says whether there is one of some marks, which costs nothing where none is.
    """

    def __init__(self, words: Sequence[bytes], tier: str, marks: Sequence[bytes] = ()) -> None:
        """Compile the words for a tier of `TIERS`."""
        check_tier(tier)
        index = {word: at for at, word in enumerate(words)}
        self._longest = max(map(len, (*words, *marks)), default=1)
        self._words = len(words)
        self.any: Callable[[bytes], object] = _nothing
        """Returns something true if a word or mark may be in data (bytes), false if none is."""
        self._list: Callable[[bytes], Iterable[tuple[int, int, int]]] = _nothing
        self._marked_words = {index[mark] for mark in marks if mark in index}
        marks = [mark for mark in marks if mark not in index]
        if (words or marks) and tier == "native":
            automaton = daachorse.DoubleArrayAhoCorasick([*words, *marks])
            self.any = self._list = automaton.find_overlapping
        elif words:
            engines = _engines(index)
            # Not methods of this one: in a cycle, megabytes would stay that the garbage collector,
            # which counts objects, does not see.
            self.any, self._list = partial(_first, engines), partial(_all, engines)
            if len(engines) == 1:
                self.any = engines[0].first
        apart = [] if tier == "native" else marks
        self._holds_mark = partial(_holds_one, apart, [mark for mark in apart if mark.isascii()])
        if apart:
            self.any = partial(either, self._holds_mark, self.any)

    def any_word(self, data: bytes, found: object = None) -> bool:
        """Return whether a word, not only a mark, is in data (bytes).

        :param found: what `any` returned, if it has been asked.
        """
        hits = found if isinstance(found, list) else self._list(data)
        return min(map(_WORD, hits), default=self._words) < self._words

    def places(self, data: bytes, known: Hits | None = None) -> Places:
        """Return where in data (bytes) words start.

        :param known: what `any` returned for it, if it has been asked, and that is little.
        """
        if known is not None and (self.any is self._list or not known):
            return self._places_of(known)
        found: Places = {}
        at, size = 0, BLOCK
        while at < len(data):
            block: dict[int, list[int]] = {}
            hits = 0
            for start, _, word in self._list(data[at : at + size + self._longest - 1]):
                if start < size:
                    block.setdefault(word, []).append(at + start)
                    hits += 1
            for word, starts in block.items():
                if word >= self._words:
                    found[MARKED] = []
                    continue
                sequences = found.setdefault(word, [])
                if sequences and isinstance(sequences[-1], list):
                    sequences[-1] += starts
                else:
                    sequences.append(starts)
            at += size
            if hits * DENSE < size or at >= len(data):
                size = min(GROWTH * size, LARGEST)
            else:
                size, at = BLOCK, self._skip_repetition(data, at, block, found)
        if not self._marked_words.isdisjoint(found) or self._holds_mark(data):
            found[MARKED] = []
        return found

    def _places_of(self, hits: Hits) -> Places:
        """Return where words start, of which few have been found."""
        starts: dict[int, list[int]] = {}
        for start, _, word in hits:
            starts.setdefault(word if word < self._words else MARKED, []).append(start)
        found: Places = {word: [places] for word, places in starts.items()}
        if MARKED in found or not self._marked_words.isdisjoint(found):
            found[MARKED] = []
        return found

    def _skip_repetition(
        self, data: bytes, at: int, block: Mapping[int, Sequence[int]], found: Places
    ) -> int:
        """Return up to where a block repeats itself that ends here; add the places up to there."""
        half = data[max(0, at - BLOCK // 2) : at]
        before = data.rfind(half, max(0, at - BLOCK - len(half)), at - 1)
        if before < 0:
            return at
        period = at - len(half) - before
        last = end_of_repetition(data, at - period, period) - self._longest + 1
        if last <= at:
            return at
        for word, starts in block.items():
            for start in starts[bisect.bisect_left(starts, at - period) :]:
                if word < self._words and start + period < last:
                    found[word].append(range(start + period, last, period))
        return last


def either(
    holds_mark: Callable[[bytes], object], any_word: Callable[[bytes], object], data: bytes
) -> object:
    """Return something true if there is a mark or a word in data (bytes): for a mark, no hits."""
    return bool(holds_mark(data)) or any_word(data)


def _holds_one(marks: Sequence[bytes], ascii_marks: Sequence[bytes], data: bytes) -> bool:
    for mark in ascii_marks if data.isascii() else marks:  # noqa: SIM110 - the same
        # Of such short texts, the last one is found more quickly than the first.
        if data.rfind(mark) >= 0:
            return True
    return False


def _first(engines: Sequence[Expression | Grams], data: bytes) -> list[tuple[int, int, int]]:
    return [hit for engine in engines for hit in engine.first(data)]


def _all(engines: Sequence[Expression | Grams], data: bytes) -> Iterable[tuple[int, int, int]]:
    return chain.from_iterable(engine.places(data) for engine in engines)


def end_of_repetition(data: bytes, start: int, period: int) -> int:
    """Return where data (bytes) that repeats itself from a place on stops to do so."""
    end = start + period
    step = period
    while step:
        piece = data[end : end + step]
        if len(piece) == step and data.startswith(piece, end - period):
            end += step
            step *= 2
        else:
            step //= 2
    return end


def _nothing(data: bytes) -> tuple[tuple[int, int, int], ...]:  # noqa: ARG001 - one of two
    return ()


def _engines(words: Mapping[bytes, int]) -> list[Expression | Grams]:
    """Return what looks for words, each with its index, in the tier ``stdlib``."""
    long = {word: at for word, at in words.items() if len(word) >= HEAD}
    if len(long) < MANY:
        return [Expression(words)]
    short = {word: at for word, at in words.items() if len(word) < HEAD}
    return [Grams(long), *([Expression(short)] if short else [])]
