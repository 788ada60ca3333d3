"""Which patterns the end of a text cuts off: their beginnings, without the whole.

A beginning that holds the anchor of its pattern is found by the scanner. What remains are short
beginnings, and nearly always a few look-ups tell that there is none:

- `PrefixFilter` knows the folded beginnings by their first and last bytes;
- `SortedTexts` finds the texts that begin with something, by bisection.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from buildbot_keychain.secretive import secretive

from .anchors import ANCHOR
from .normalisation import BLANKS, DROPPED
from .pattern import SHOWN, Pattern
from .pattern_table import PatternTable

__all__ = ["GRAM", "Cuttable", "PrefixFilter", "ShortBeginnings", "SortedTexts", "characters"]

GRAM = 4
"""Bytes by which beginnings are told apart."""

REMEMBERED = 1024
"""Bytes of a beginning of which it is remembered what goes on after it."""

KINDS = 20_000
"""Of so many patterns in all."""

_ALL = bytes(range(256))
_ANY_LAST = frozenset((b"", *(bytes((byte,)) for byte in range(256))))
_DROPPED = frozenset(DROPPED)


@secretive
class SortedTexts:
    """An immutable sorted list of texts (bytes)."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        """Sort the texts."""
        self._texts = tuple(sorted(texts))  # in which the garbage collector need not look

    def __iter__(self) -> Iterator[bytes]:
        """Go through the texts."""
        return iter(self._texts)

    def range_beginning_with(self, prefix: bytes) -> tuple[int, int]:
        """Return from where to where the texts are longer than a prefix and begin with it."""
        first = last = bisect.bisect_right(self._texts, prefix)
        while last < len(self._texts) and self._texts[last].startswith(prefix):
            last += 1
        return first, last

    def first_beginning_with(self, prefix: bytes) -> bytes | None:
        """Return the first text that is longer than a prefix and begins with it, or None."""
        at = bisect.bisect_right(self._texts, prefix)
        found = at < len(self._texts) and self._texts[at].startswith(prefix)
        return self._texts[at] if found else None


class PrefixFilter:
    """Says which folded beginnings of patterns, too short to hold an anchor, a text may end in."""

    def __init__(
        self,
        folded: Iterable[tuple[bytes, int]],
        anchor_size: int = ANCHOR,
    ) -> None:
        """Take folded patterns, each with the place of its anchor (of so many bytes)."""
        self._sorted = sorted(
            {text[: min(len(text), anchor + anchor_size) - 1] for text, anchor in folded}
        )
        """The longest beginnings of each."""
        self._longest = max(map(len, self._sorted), default=0)
        self._starts = {text[:GRAM] for text in self._sorted}
        # A copy has half as large a table as a set that has just grown.
        self.grams = frozenset(
            {text[at : at + GRAM] for text in self._sorted for at in range(len(text) - GRAM + 1)}
        )
        """What a text ends in that ends in one of `GRAM` or more bytes."""

    @classmethod
    def union(cls, several: Sequence[PrefixFilter]) -> PrefixFilter:
        """Return the filter of the patterns of several."""
        united = cls(())
        for each in several:
            united._sorted += each._sorted  # noqa: SLF001 - one of these
            united._longest = max(united._longest, each._longest)  # noqa: SLF001
            united._starts |= each._starts  # noqa: SLF001
        united._sorted.sort()
        united.grams = frozenset().union(*(each.grams for each in several))
        return united

    def lengths(self, text: bytes) -> list[int]:
        """Return, longest first, how long beginnings at the end of a folded text may be."""
        size, end, short = min(self._longest, len(text)), len(text), 2 * GRAM - 1
        found = []
        if size > short and text[-GRAM:] in self.grams and text[-2 * GRAM : -GRAM] in self.grams:
            starts = self._starts
            found = [
                length
                for length in range(size, short, -1)
                if text[end - length : end - length + GRAM] in starts
            ]
        for length in range(min(short, size), 0, -1):
            if self._has(text[end - length :]):
                found.append(length)
        return found

    def rules_out(self, text: bytes) -> bool:
        """Return whether a folded text certainly ends in no beginning of `GRAM` or more bytes."""
        if text[-GRAM:] not in self.grams:
            return True
        if text[-2 * GRAM : -GRAM] in self.grams:
            return False
        return not any(self._has(text[-size:]) for size in range(GRAM, 2 * GRAM))

    def _has(self, piece: bytes) -> bool:
        """Return whether a piece is a beginning."""
        at = bisect.bisect_left(self._sorted, piece)
        return at < len(self._sorted) and self._sorted[at].startswith(piece)


@secretive
class ShortBeginnings:
    """The folded beginnings of less than `SHOWN` bytes that count before a line end."""

    def __init__(
        self, short: AbstractSet[bytes], with_blanks: AbstractSet[bytes], *, padded: bool
    ) -> None:
        """Take those that count, and those that do if there is white space in between.

        :param padded: whether any line end may be the beginning of a pattern.
        """
        self._short, self._with_blanks, self._padded = short, with_blanks, padded
        self.lasts = _ANY_LAST if padded else {each[-1:] for each in short | with_blanks}
        """With which of these bytes folded lines end that do not `end_in_none`."""

    @classmethod
    def union(cls, several: Sequence[ShortBeginnings]) -> ShortBeginnings:
        """Return those of several."""
        if len(several) == 1:
            return several[0]
        return cls(
            frozenset().union(*(each._short for each in several)),  # noqa: SLF001 - one of these
            frozenset().union(*(each._with_blanks for each in several)),  # noqa: SLF001
            padded=any(each._padded for each in several),  # noqa: SLF001
        )

    def end_in_none(self, lines: bytes, folded: bytes) -> bool:
        """Return whether whole lines certainly end in none."""
        if folded[-1:] not in self.lasts:
            return True
        ends = folded[-1:], folded[-2:], folded[-3:]  # all of less than `SHOWN` bytes
        if self._padded or not self._short.isdisjoint(ends):
            return False
        if self._with_blanks.isdisjoint(ends):
            return True
        last = lines[-SHOWN - 1 :].rstrip(b"\r\n")[1 - SHOWN :]
        return len(last) == SHOWN - 1 and _DROPPED.isdisjoint(last)


@secretive
class Cuttable:
    """The patterns of one normalisation, all of them for words only, in one base, or none."""

    def __init__(self, patterns: PatternTable, numbers: Iterable[int]) -> None:
        """Take the patterns with some numbers, of which there is at least one."""
        self._patterns = patterns
        self._numbers = array("I", sorted(numbers, key=patterns.texts.__getitem__))
        texts = list(map(patterns.texts.__getitem__, self._numbers))
        first = patterns[self._numbers[0]]
        self.normalise = first.normalisation.function
        self.cuts = first.normalisation.cuts
        self.blanks_count = first.normalisation.blanks_count
        self.words = first.words
        self.base = first.base
        self.texts = SortedTexts(texts)
        inside = b"".join(text[:-1] for text in texts)
        self._inside = bytes(byte for byte in BLANKS if byte in inside)
        self._least = {byte: self._least_after(byte) for byte in BLANKS}
        self.padding = max(len(text) - len(text.lstrip(DROPPED)) for text in texts)
        """How many bytes that folding drops a pattern begins with, at most."""
        self.firsts = _ALL if self.padding else bytes({text[0] for text in texts})
        """With which bytes a pattern may begin; no normalisation changes the first one."""
        self._kinds: dict[bytes, dict[Pattern, int]] = {}
        self._remembered = 0

    def kinds(self, beginning: bytes) -> Mapping[Pattern, int]:
        """Return the patterns that begin with a text (bytes) and are longer.

        One without a text stands for all that are like it otherwise. With it is how many characters
        the shortest of these has. Where many begin alike, they are gone through once.
        """
        found = self._kinds.get(beginning)
        if found is None:
            found = {}
            first, last = self.texts.range_beginning_with(beginning)
            for number in self._numbers[first:last]:
                pattern = self._patterns[number]
                size = characters(pattern.text)
                kind = pattern._replace(text=b"")
                found[kind] = min(size, found.get(kind, size))
            if len(beginning) <= REMEMBERED:
                self._remembered += len(found) + 1
                if self._remembered > KINDS:
                    self._kinds, self._remembered = {}, len(found) + 1
                self._kinds[beginning] = found
        return found

    def least(self, text: bytes) -> int:
        """Return how many bytes of a pattern the end of a text must hold at least; 0 for never."""
        return self._least.get(text[-1], 1)

    def _least_after(self, byte: int) -> int:
        """Return `least` of a text that ends in white space."""
        if not self.blanks_count:
            return SHOWN if byte in b"\r\n" else 1
        # Behind a line end it may be indentation.
        last = self.normalise(b"\n" + bytes((byte,)))[-1:]
        if last and last[0] not in self._inside:
            return 0
        # Behind a line end, what is shorter than the pieces that are shown cannot be held.
        solid = not any(byte in self._inside for byte in b" \t\v\f")
        blanks_count = bool(self.normalise(b" "))
        short = self.cuts and byte in b"\r\n" and solid and blanks_count
        return SHOWN if short else 1


def characters(text: bytes) -> int:
    """Return the number of UTF-8 characters of a text (bytes)."""
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
