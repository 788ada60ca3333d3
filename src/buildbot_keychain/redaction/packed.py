"""What is looked for on account of a secret, in little memory while no text needs it.

The spellings of a value are alike: compressed, those of a PEM key take a quarter. Layers of many
secrets know them by a few words (`matching.words`); where one of these stands in a text, the
secret's patterns are unpacked and looked for. Nothing here is written anywhere.
"""

from __future__ import annotations

import itertools
import marshal
import zlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from buildbot_keychain.secretive import secretive

from .forms.unguessable import OpenText
from .matching.normalisation import NORMALISATIONS, NUMBERS
from .matching.open_layer import anchors_of
from .matching.pattern import Pattern, may_hold_label
from .matching.pattern_table import PatternTable
from .matching.scanner import TIERS

__all__ = ["PackedPatterns", "PackedTexts", "unpacked"]

_LEVEL = 1
"""Of compression: the fastest is nearly as good as the best."""


@secretive
class PackedPatterns:
    """The patterns of one secret, for readers to whom it was given."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        """Pack patterns."""
        table = PatternTable(patterns)
        self._data = _pack(table.columns)
        self.count = len(table)
        """How many there are."""
        self.size = sum(map(len, table.texts))
        """How many bytes their texts take, unpacked."""
        self.bracketed = table.bracketed

    def unpack(self) -> PatternTable:
        """Return the patterns."""
        return unpacked([self])


def unpacked(parts: Iterable[PackedPatterns]) -> PatternTable:
    """Return the patterns of different secrets."""
    return PatternTable.of(*(_unpack(part._data) for part in parts))  # noqa: SLF001 - one of these


@secretive
class PackedTexts:
    """The texts of one secret that are hidden from everybody, with their patterns."""

    def __init__(self, texts: Iterable[OpenText], tier: str = TIERS[0]) -> None:
        """Pack texts that are looked for in an engine tier."""
        texts = list(texts)
        self._tier = tier
        rows = [
            (each.text, each.kernel, each.start, each.end, list(map(_row, each.patterns)))
            for each in texts
        ]
        self._data = _pack(rows)
        self.kernels = tuple(dict.fromkeys(each.kernel for each in texts))
        """What cannot be guessed in them."""
        self.texts = tuple(dict.fromkeys(each.text for each in texts))
        """The texts themselves."""
        self.count = sum(len(each.patterns) for each in texts)
        """How many patterns there are."""
        patterns = itertools.chain.from_iterable(each.patterns for each in texts)
        self.bracketed = tuple(each for each in patterns if may_hold_label(each.text))
        anchors = anchors_of(texts, tier).items()
        self.words = tuple(dict.fromkeys(folded[start:end] for folded, (start, end) in anchors))
        """The anchors, one of which stands wherever one of the patterns does."""

    def unpack(self) -> list[OpenText]:
        """Return the texts."""
        return [
            OpenText(text, kernel, start, end, list(map(_pattern, rows)))
            for text, kernel, start, end, rows in _unpack(self._data)
        ]

    def without(self, known: Collection[str]) -> PackedTexts:
        """Return the texts that are not known, nor their kernels."""
        if set(self.kernels).isdisjoint(known) and set(self.texts).isdisjoint(known):
            return self
        left = (each for each in self.unpack() if not {each.kernel, each.text} & set(known))
        return PackedTexts(left, self._tier)


def _row(pattern: Pattern) -> tuple[Any, ...]:
    secret, text, normalisation, *rest = pattern
    return secret, text, NUMBERS[normalisation], *rest


def _pattern(row: Sequence[Any]) -> Pattern:
    secret, text, number, *rest = row
    return Pattern(secret, text, NORMALISATIONS[number], *rest)


def _pack(rows: Any) -> bytes:  # noqa: ANN401 - what `marshal` takes
    return zlib.compress(marshal.dumps(rows), _LEVEL)


def _unpack(data: bytes) -> Any:  # noqa: ANN401 - rows
    return marshal.loads(zlib.decompress(data))  # noqa: S302 - what this process has packed itself
