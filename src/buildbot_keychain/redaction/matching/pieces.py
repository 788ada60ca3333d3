"""Pieces of patterns: what is printed of a long value, with an ellipsis in place of the rest.

Beside an ellipsis a beginning or an end of a pattern is found, from `SHORTEST` characters on and if
it is more than one word, for "configuration..." or "https://..." says nothing about a secret that
begins like that. A piece stands on one line and holds no ellipsis itself; between it and the
ellipsis may be a quote. So every byte is looked at for at most two ellipses.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Protocol

from buildbot_keychain.redaction.strength import bits

from .anchors import ANCHOR, rarest
from .ellipses import (
    BETWEEN,
    ELLIPSES,
    LONGEST,
    SHORTEST,
    UNFINISHED,
    Ellipses,
    ellipses_in,
    may_be_unfinished,
)
from .ends import GRAM, Ends, has_ends
from .normalisation import BLANKS, fold
from .pattern import Pattern, Span

__all__ = [
    "REACH",
    "FoundPieces",
    "TellingPieces",
    "beside_ellipses",
    "is_telling",
    "marks_of",
    "undecided",
    "union_of_marks",
]

LEAST_BITS = 12
"""More than what any single word is worth."""

REACH = 1024
"""How far from its ellipsis a piece may reach, in bytes."""

JUDGED = 64
"""So many bytes of a piece are judged."""

REMEMBERED = 4096
"""Of so many pieces it is remembered how they were judged; of long ones, of fewer."""

WORDS = 3000
"""So many words are looked for, at most, in place of the ellipses: more would take longer."""

_LINE_END = re.compile(rb"[\r\n]")
_QUOTES = b"\"'`"
_BRACKET = re.compile(rb"[<>&;]")  # as in a label, or one in HTML
_ARMOUR = re.compile(r"(?<!-)-{2,}(?:BEGIN|END)[A-Z ]*-*")


def marks_of(patterns: Iterable[Pattern], known: Container[bytes], tier: str) -> Sequence[bytes]:
    """Return marks, one of which stands in each folded text that holds a piece of a pattern.

    Nearly every log has ellipses, and hardly any a piece. So of few patterns the marks are words,
    of their shortest pieces; of these, `known` ones, as the anchors of patterns, are preferred.
    """
    if tier == "stdlib":
        return ELLIPSES
    shortest: dict[bytes, None] = {}
    for pattern in patterns:
        text = pattern.text
        if not pattern.is_word and len(text) >= SHORTEST:
            blanks_count = pattern.normalisation.blanks_count
            begun = text if blanks_count else text.translate(None, BLANKS)
            shortest[fold(begun[:SHORTEST])] = None
            if has_ends(pattern):
                shortest[fold(text[-SHORTEST:])] = None
    marks: set[bytes] = set()
    for piece in shortest:
        last = max(0, len(piece) - ANCHOR)
        words = [piece[at : at + ANCHOR] for at in range(last + 1)]
        if marks.isdisjoint(words):
            shared = next((word for word in words if word in known), b"")
            marks.add(shared or words[rarest(piece, 0, last, ANCHOR)])
        if len(piece) < GRAM or len(marks) > WORDS:
            return ELLIPSES
    return sorted(marks)


def union_of_marks(several: Iterable[Sequence[bytes]]) -> Sequence[bytes]:
    """Return marks for the patterns of several sets, given those of each."""
    marks = dict.fromkeys(itertools.chain.from_iterable(several))
    return ELLIPSES if ELLIPSES[0] in marks or len(marks) > WORDS else list(marks)


def is_telling(piece: bytes) -> bool:
    """Return whether a piece (bytes) of a pattern is more than a word that anyone may write."""
    head = piece[:JUDGED].decode("utf-8", "replace")
    return bits(_ARMOUR.sub("", head)) >= LEAST_BITS


class TellingPieces:
    """Which pieces are long and telling enough; remembered, for logs repeat what they print."""

    def __init__(self) -> None:
        """Begin without any."""
        self._known: dict[bytes, bool] = {}

    def __contains__(self, piece: bytes) -> bool:
        """Return whether a piece (bytes) of a pattern is to be hidden."""
        known = self._known.get(piece)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            characters = len(piece.decode("utf-8", "replace"))
            known = self._known[piece] = characters >= SHORTEST and is_telling(piece)
        return known


class HasPieces(Protocol):
    """What of a layer is asked about pieces of its patterns."""

    @property
    def telling(self) -> TellingPieces:
        """Which pieces are long and telling enough."""

    @property
    def beside(self) -> FoundPieces:
        """What was found beside an ellipsis."""

    @property
    def ends(self) -> Ends:
        """The ends of the patterns."""

    def cut_off(self, data: bytes, *, enough: Callable[[bytes], bool]) -> Iterator[Span]:
        """Yield the beginnings of patterns in which a text (bytes) ends, if they are `enough`."""


_Find = Callable[[HasPieces, bytes], Iterator[Span]]


class FoundPieces:
    """What was found in texts beside an ellipsis; remembered for the same reason."""

    def __init__(self) -> None:
        """Begin without any."""
        self._known: dict[tuple[bytes, _Find], tuple[Span, ...]] = {}
        self._left = REMEMBERED * JUDGED

    def __call__(self, layer: HasPieces, text: bytes, find: _Find) -> Iterable[Span]:
        """Return the pieces of a layer's patterns in a text (bytes) that a function finds."""
        key = text, find
        known = self._known.get(key)
        if known is None:
            known = tuple(find(layer, text))
            self._left -= max(len(text), JUDGED) * (1 + len(known))
            if self._left < 0:
                self._known, self._left = {}, REMEMBERED * JUDGED
            self._known[key] = known
        return known


def beside_ellipses(
    layer: HasPieces,
    data: bytes,
    *,
    final: bool,
    ellipses: Ellipses | None = None,
    released: int = 0,
) -> Iterator[Span]:
    """Yield the pieces of a layer's patterns beside the ellipses of a text (bytes).

    Unless nothing follows it (`final`), what its end may become counts for one that is not final.

    :param ellipses: of the text, if they are known.
    :param released: where the pieces that matter end at the earliest.
    """
    found = ellipses_in(data) if ellipses is None else ellipses
    first = max(0, bisect.bisect_right(found, (released,)) - 1)
    low, size = found[first - 1][1] if first else 0, len(data)
    starts = [start for start, _ in found[first:]]
    for (start, end), high in zip(found[first:], (*starts[1:], size), strict=False):
        if start - low >= SHORTEST:
            yield from _before(layer, data, low, start, final=final or end < size)
        if high - end >= SHORTEST and layer.ends.may_start(data[end : end + GRAM], final=True):
            yield from _after(layer, data[end : min(high, end + REACH)], end)
        low = end
    if not final and low < size and may_be_unfinished(data):
        unfinished = UNFINISHED.search(data, max(low, size - LONGEST))
        if unfinished is not None:
            yield from _before(layer, data, low, unfinished.start(), final=False)
            if unfinished[0] == b" [":  # of which the blank may belong to the piece
                yield from _before(layer, data, low, unfinished.start() + 1, final=False)


def _before(layer: HasPieces, data: bytes, low: int, end: int, *, final: bool) -> Iterator[Span]:
    if end - low < SHORTEST:
        return
    low = max(low, data.rfind(b"\n", low, end) + 1, data.rfind(b"\r", low, end) + 1)
    between = BETWEEN.search(data, max(low, end - LONGEST), end)
    for at in (end, between.start()) if between else (end,):
        first = max(low, at - REACH)
        if at - first >= SHORTEST:
            for span in layer.beside(layer, data[first:at], _at_end):
                yield span._replace(start=first + span.start, end=first + span.end, final=final)


def _at_end(layer: HasPieces, text: bytes) -> Iterator[Span]:
    return _longest(text, layer.cut_off(text, enough=layer.telling.__contains__))


def _after(layer: HasPieces, data: bytes, place: int) -> Iterator[Span]:
    line = _LINE_END.split(data, maxsplit=1)[0]
    for skipped in (0, 1) if line[:1] and line[0] in _QUOTES else (0,):
        start = place + skipped
        if len(line) - skipped >= SHORTEST:
            for span in layer.beside(layer, line[skipped:], _at_start):
                yield span._replace(start=start, end=start + span.end)


def _at_start(layer: HasPieces, text: bytes) -> Iterator[Span]:
    if layer.ends.may_start(text[:GRAM]):
        ends = [
            end for end in layer.ends.starting(text, SHORTEST) if text[: end[0]] in layer.telling
        ]
        spans = (Span(0, size, secret, words=0, final=True) for size, secret in reversed(ends))
        yield from _longest(text, spans)


def _longest(text: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield of spans at one edge of a text (bytes), the longest first, those that say something.

    The others are inside of one of their secret that counts in any case, as no label is there.
    """
    may_hold_label = _BRACKET.search(text) is not None
    sizes: dict[int, int] = {}
    for span in spans:
        size = span.end - span.start
        if size > sizes.get(span.secret, 0):
            yield span
            if span.is_certain and not may_hold_label:
                sizes[span.secret] = size


def undecided(layer: HasPieces, data: bytes) -> int:
    """Return from where on the end of a text (bytes) may become an end behind an ellipsis."""
    size = len(data)
    places = ellipses_in(data, max(0, size - REACH - LONGEST))
    if places and places[-1][1] == size and data.endswith(b"."):
        places.pop()  # what follows may show that these dots are no ellipsis
    if not places:
        return size
    start = places[-1][1]
    tail = data[start:]
    ended = len(tail) >= REACH or b"\n" in tail or b"\r" in tail
    return size if ended or not layer.ends.may_start(tail) else start
