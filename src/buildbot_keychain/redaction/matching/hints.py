"""Where patterns may stand, told by little of them: a word, a head and a tail of each.

The *word* is what a scanner looks for. What stands in a text as a whole holds it, and so does what
is masked at the end of a text. The *head* is the beginning up to the end of the word: a shorter
beginning at the end of a text is a beginning of it. The *tail* is the end, by which an end behind
an ellipsis is looked up (`indexed_ends`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from buildbot_keychain.secretive import secretive

from .anchors import rarest
from .ends import has_ends
from .layer import END_LENGTH
from .normalisation import DROPPED, fold
from .pattern import Pattern
from .pattern_table import PatternTable
from .prefixes import GRAM, PrefixFilter
from .words import POPULAR

__all__ = ["Heads", "Hints", "hints_of"]

WORD = 12
"""The length of a word in bytes, where a pattern is long enough."""

SHORTEST = 6
"""The length of the shortest one."""

REACH = 64
"""A word ends at most so many bytes after the pattern begins; in a long one,"""

PART = 16
"""after this part of it: keys of a kind begin alike;"""

FARTHEST = 512
"""but never after more."""

CHOICE = 16
"""So many places before the last one are tried for a word that begins with rare bytes.

Further before it may be what keys of a kind begin with.
"""

DIVERSE = 4
"""A word of fewer different bytes is taken only if none is found near it that has so many."""


@secretive
class Hints(NamedTuple):
    """What tells where a pattern may stand."""

    pattern: Pattern
    folded: bytes
    word: bytes
    """Empty if it does not fit here."""
    end: int
    """Where the word ends in the folded pattern."""
    has_ends: bool
    """Whether what stands behind an ellipsis may be an end of it."""


def hints_of(patterns: Iterable[Pattern]) -> Iterator[Hints]:
    """Yield what tells where patterns of one secret may stand; always the same."""
    known: set[bytes] = set()
    words: dict[bytes, tuple[int, bytes]] = {}
    for pattern in patterns:
        text = pattern.text
        folded = fold(text)
        if not folded:
            continue
        end, word = 0, b""
        if text[0] not in DROPPED and text[-1] not in DROPPED:
            last = _last_end(text, folded)
            end, word = words.get(folded, (0, b""))
            if last and not 0 < end <= last:
                end, word = words[folded] = _word(folded, last, known)
                known.add(word)
            elif not last:
                end, word = 0, b""
        yield Hints(pattern, folded, word, end, has_ends(pattern))


def _last_end(text: bytes, folded: bytes) -> int:
    """Return where the word of a pattern ends at the latest; 0 if it cannot have one.

    What is masked at the end of a text is at least half of a pattern, so the word is in that half.
    """
    half = fold(_first_half(text))
    last = min(len(half), max(REACH, min(FARTHEST, len(folded) // PART)))
    return 0 if last < SHORTEST or len(fold(text[:END_LENGTH])) < GRAM else last


def _word(folded: bytes, last: int, known: set[bytes]) -> tuple[int, bytes]:
    """Return where the word of a pattern ends, and the word.

    One that is `known`, as that of another pattern, is preferred.
    """
    if last <= WORD:
        return last, folded[:last]
    ends = range(last, max(WORD, last - REACH) - 1, -1)
    for end in ends:
        if folded[end - WORD : end] in known:
            return end, folded[end - WORD : end]
    at = rarest(folded, max(0, last - WORD - CHOICE), last - WORD, WORD)
    for end in (at + WORD, *ends):
        if len(set(folded[end - WORD : end])) >= DIVERSE:
            return end, folded[end - WORD : end]
    return last, folded[last - WORD : last]


def _first_half(text: bytes) -> bytes:
    """Return the shortest beginning of a pattern that is masked at the end of a text."""
    if text.isascii():
        return text[: max(END_LENGTH, (len(text) + 1) // 2)]
    characters = text.decode("utf-8", "replace")
    half = characters[: max(END_LENGTH, (len(characters) + 1) // 2)]
    return text[: len(half.encode("utf-8", "surrogatepass"))]


@secretive
class Heads:
    """The beginnings of patterns, up to the end of their words."""

    def __init__(self) -> None:
        """Begin without any."""
        self.patterns = PatternTable()
        """With heads as texts, and the byte behind each. Of very many with one head, a few."""
        self._secrets: dict[tuple[int, bytes], tuple[int, ...]] = {}
        self._folded: dict[bytes, None] = {}

    def add(self, hints: Hints) -> None:
        """Add the head of a pattern."""
        pattern, text = hints.pattern, hints.pattern.text
        size = hints.end
        while missing := hints.end - len(fold(text[:size])):
            size += missing
        head = text[: size + 1]
        kind = self.patterns.kind_of(pattern)
        others = self._secrets.get((kind, head), ())
        if pattern.secret not in others and len(others) < POPULAR:
            self._secrets[kind, head] = (*others, pattern.secret)
            self.patterns.append(pattern.secret, head, kind)
        self._folded[hints.folded[: hints.end]] = None

    def filter(self) -> PrefixFilter:
        """Return what says which beginnings without a word a text may end in."""
        return PrefixFilter(((head, len(head)) for head in self._folded), anchor_size=0)
