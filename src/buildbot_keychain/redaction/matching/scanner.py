"""Finding any of many short words in a text: the only module that knows somebody else's matcher.

In the tier ``native`` it is the Aho-Corasick automaton of daachorse; in the tier ``stdlib``, which
is always there, a regular expression shaped as a tree of the words. They find the same. A word that
repeats itself, such as ``------``, stands at every place of a ruler: so a few of these are looked
for apart, and their places are listed a run at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from .anchors import period_of, rarest_byte

# It does not have wheels for every platform, and is an extra.
try:
    import daachorse
except ImportError:
    daachorse = None  # type: ignore[assignment]

__all__ = ["MARKED", "TIERS", "Places", "Scanner", "check_tier"]

TIERS = ("native", "stdlib") if daachorse is not None else ("stdlib",)
"""The tiers that can be asked for on this machine, the best first."""

PERIODIC = 8
"""Up to so many repetitive words are looked for apart."""

BLOCK = 262_144
"""Bytes of text that are scanned at once, so that a list of places does not take much memory."""

Places = dict[int, list[Sequence[int]]]
"""By the index of a word, where it starts: ascending sequences."""

TAIL = 4
"""Bytes of a word that the regular expression looks for first, or more."""

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
        periods = {word: period for word in words if (period := period_of(word))}
        if len(periods) > PERIODIC:
            periods = {}
        index = {word: at for at, word in enumerate(words)}
        self._periodic = [
            (word, index[word], period, _run(word, period)) for word, period in periods.items()
        ]
        others = [word for word in words if word not in periods]
        self._longest = max(map(len, (*words, *marks)), default=1)
        self._indices = [index[word] for word in others]
        self.any: Callable[[bytes], object] = _nothing
        """Returns something true if a word or mark may be in data (bytes), false if none is."""
        self._list: Callable[[bytes], Iterable[tuple[int, int, int]]] = _nothing
        self._marked_words = {index[mark] for mark in marks if mark in index}
        marks = [mark for mark in marks if mark not in index]
        if (others or marks) and tier == "native":
            automaton = daachorse.DoubleArrayAhoCorasick([*others, *marks])
            self.any = self._list = automaton.find_overlapping
        elif others:
            expression = _Expression(others)
            self.any, self._list = expression.search, expression.places
        self._apart = [] if tier == "native" else marks
        if self._periodic or self._apart:
            self._any_other, self.any = self.any, self._any

    def _any(self, data: bytes) -> object:
        return (
            any(word in data for word, _, _, _ in self._periodic)
            or any(mark in data for mark in self._apart)
            or self._any_other(data)
        )

    def any_word(self, data: bytes, found: object = None) -> bool:
        """Return whether a word, not only a mark, is in data (bytes).

        :param found: what `any` returned, if it has been asked.
        """
        hits = found if isinstance(found, list) else self._list(data)
        return min(map(_WORD, hits), default=len(self._indices)) < len(self._indices) or any(
            word in data for word, _, _, _ in self._periodic
        )

    def places(self, data: bytes) -> Places:
        """Return where in data (bytes) words start."""
        found: Places = {}
        words = len(self._indices)
        for block in range(0, len(data), BLOCK):
            whole = len(data) <= BLOCK
            piece = data if whole else data[block : block + BLOCK + self._longest - 1]
            ascending: dict[int, list[int]] = {}
            for start, _, word in self._list(piece):
                if word >= words:
                    found[MARKED] = []
                elif start < BLOCK:
                    ascending.setdefault(word, []).append(block + start)
            for word, starts in ascending.items():
                found.setdefault(self._indices[word], []).append(starts)
        for text, index, period, run in self._periodic:
            runs: list[Sequence[int]] = [
                range(start, end - len(text) + 1, period)
                for start, end in _runs(data, run, len(text))
            ]
            if runs:
                found[index] = runs
        if not self._marked_words.isdisjoint(found) or any(mark in data for mark in self._apart):
            found[MARKED] = []
        return found


def _nothing(data: bytes) -> tuple[tuple[int, int, int], ...]:  # noqa: ARG001 - one of two
    return ()


def _run(word: bytes, period: int) -> re.Pattern[bytes]:
    """Return the expression for a word followed by as many more of its periods as there are."""
    tail = word[-period:]
    return re.compile(b"%s(?:%s)*" % (re.escape(word), re.escape(tail)), re.DOTALL)


def _runs(data: bytes, run: re.Pattern[bytes], size: int) -> Iterator[tuple[int, int]]:
    """Yield where runs start and end. The next one may begin inside of the last word of a run."""
    match = run.search(data)
    while match is not None:
        yield match.span()
        match = run.search(data, match.end() - size + 1)


class _Expression:
    """A regular expression shaped as a tree of the words, each from its rarest byte on.

    Where that much stands, it looks back for the rest of the word.
    """

    def __init__(self, words: Sequence[bytes]) -> None:
        self._by_shape: dict[tuple[int, int], dict[bytes, int]] = {}
        tails: dict[bytes, list[bytes]] = {}
        for index, word in enumerate(words):
            at = rarest_byte(word[: max(1, len(word) - TAIL)])
            tails.setdefault(word[at:], []).append(word)
            self._by_shape.setdefault((at, len(word)), {})[word] = index
        self.search = re.compile(_tree(sorted(tails), 0, tails), re.DOTALL).search

    def places(self, data: bytes) -> Iterable[tuple[int, int, int]]:
        match = self.search(data)
        while match is not None:
            for (at, length), words in self._by_shape.items():
                start = match.start() - at
                end = start + length
                index = words.get(data[start:end]) if start >= 0 else None
                if index is not None:
                    yield start, end, index
            match = self.search(data, match.start() + 1)


def _tree(words: Sequence[bytes], depth: int, whole: Mapping[bytes, Sequence[bytes]]) -> bytes:
    """Return the expression for the shortest of the sorted tails, after `depth` common bytes.

    :param whole: by tail: the words that have it.
    """
    branches = []
    singles = bytearray()
    start = 0
    if len(words[0]) == depth:
        if words[0] in whole[words[0]]:
            return b""
        branches = [b"(?<=%s)" % re.escape(word) for word in whole[words[0]]]
        start = 1
    while start < len(words):
        byte = words[start][depth]
        end = start
        while end < len(words) and words[end][depth] == byte:
            end += 1
        group = words[start:end]
        size = len(group[0]) if len(group) == 1 else depth + 1
        rest = re.escape(group[0][depth:size]) + _tree(group, size, whole)
        if rest == re.escape(bytes((byte,))):
            singles.append(byte)
        else:
            branches.append(rest)
        start = end
    if singles:
        branches.append(b"[" + b"".join(b"\\x%02x" % byte for byte in singles) + b"]")
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"
