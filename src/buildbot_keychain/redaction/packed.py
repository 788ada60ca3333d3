"""What is looked for on account of a secret, in little memory while no text needs it.

The spellings of a value are alike: compressed, those of a PEM key take a quarter. Layers of many
secrets know them by a few words (`matching.words`); where one of these stands in a text, the
secret's patterns are unpacked and looked for. Nothing here is written anywhere.
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from buildbot_keychain.secretive import secretive

from .forms.unguessable import OpenText
from .matching.normalisation import Normalisation
from .matching.open_layer import anchors_of
from .matching.pattern import Pattern, bracketed
from .matching.scanner import TIERS

__all__ = ["PackedPatterns", "PackedTexts"]

_NORMALISATIONS = tuple(Normalisation)
_NUMBERS = {normalisation: number for number, normalisation in enumerate(_NORMALISATIONS)}
_LEVEL = 1
"""Of compression: the fastest is nearly as good as the best."""


@secretive
class PackedPatterns:
    """The patterns of one secret, for readers to whom it was given."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        """Pack patterns."""
        self._data = _pack(list(map(_row, patterns)))
        self.count = len(patterns)
        """How many there are."""
        self.size = sum(len(pattern.text) for pattern in patterns)
        """How many bytes their texts take, unpacked."""
        self.bracketed = bracketed(patterns)

    def unpack(self) -> Iterator[Pattern]:
        """Go through the patterns."""
        return map(_pattern, _unpack(self._data))


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
        self.count = sum(len(each.patterns) for each in texts)
        """How many patterns there are."""
        self.bracketed = bracketed(pattern for each in texts for pattern in each.patterns)

    def unpack(self) -> list[OpenText]:
        """Return the texts."""
        return [
            OpenText(text, kernel, start, end, list(map(_pattern, rows)))
            for text, kernel, start, end, rows in _unpack(self._data)
        ]

    def without(self, kernels: Collection[str]) -> PackedTexts:
        """Return the texts of which the kernel is none of some."""
        if not set(self.kernels).intersection(kernels):
            return self
        left = (each for each in self.unpack() if each.kernel not in kernels)
        return PackedTexts(left, self._tier)

    @cached_property
    def words(self) -> Sequence[bytes]:
        """The anchors, one of which stands wherever one of the patterns does."""
        anchors = anchors_of(self.unpack(), self._tier).items()
        return tuple(dict.fromkeys(folded[start:end] for folded, (start, end) in anchors))


def _row(pattern: Pattern) -> tuple[Any, ...]:
    secret, text, normalisation, *rest = pattern
    return secret, text, _NUMBERS[normalisation], *rest


def _pattern(row: Sequence[Any]) -> Pattern:
    secret, text, number, *rest = row
    return Pattern(secret, text, _NORMALISATIONS[number], *rest)


def _pack(rows: list[Any]) -> bytes:
    return zlib.compress(marshal.dumps(rows), _LEVEL)


def _unpack(data: bytes) -> Any:  # noqa: ANN401 - rows
    return marshal.loads(zlib.decompress(data))  # noqa: S302 - what this process has packed itself
