"""Pieces of secrets at the edges of lines that were torn apart, with text lost in between.

Elsewhere nothing but the whole of a secret is hidden. Here the caller knows that the line ends in
the middle of something, and that what came next is gone: so the longest beginning of a secret at
the line's end is hidden, or the longest end of a secret at the line's start. How short a piece is
still shown is for the caller to decide.

It takes time by the length of the line, not by the number of secrets.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .protection import ANYWHERE_LENGTH

if TYPE_CHECKING:
    from .matching.layer import Layer
    from .output.labels import Labels

__all__ = ["Fragments"]

SHORTEST = 4
"""Bytes: no shorter piece is looked for."""


class _Beginnings:
    """Which of some texts the end of a line begins, or is."""

    def __init__(self, texts: Iterable[tuple[bytes, int]]) -> None:
        """Take the texts, none with a line end, each with the index of its secret."""
        self._texts = sorted(texts)
        self._starts = {text[:SHORTEST] for text, _ in self._texts}
        self._longest = max((len(text) for text, _ in self._texts), default=0)

    def longest(self, line: bytes, least: int) -> tuple[int, int]:
        """Return the length of the longest piece of `least` bytes or more, and its secret; or 0."""
        size = len(line)
        for start in range(max(0, size - self._longest), size - least + 1):
            if line[start : start + SHORTEST] in self._starts:
                piece = line[start:]
                at = bisect.bisect_left(self._texts, (piece, 0))
                if at < len(self._texts) and self._texts[at][0].startswith(piece):
                    return len(piece), self._texts[at][1]
        return 0, 0


class Fragments:
    """The edges of all secrets that are hidden wherever they stand."""

    def __init__(self, layers: Iterable[Layer], labels: Labels) -> None:
        """Index both edges of every pattern of one line."""
        self._labels = labels
        texts = [
            (pattern.text, pattern.secret)
            for layer in layers
            for pattern in layer.patterns
            if len(pattern.text) >= ANYWHERE_LENGTH
            and not pattern.words
            and b"\n" not in pattern.text
        ]
        self._beginnings = _Beginnings(texts)
        self._ends = _Beginnings((text[::-1], secret) for text, secret in texts)

    def redact(self, line: str, *, at_start: int, at_end: int) -> str:
        """Hide the pieces at the edges of a line; see `Audience.redact_torn`."""
        data = whole = line.encode("utf-8", "surrogatepass")
        labels = self._labels
        if at_end:
            size, secret = self._beginnings.longest(data, max(at_end, SHORTEST))
            data = data[: len(data) - size] + labels[secret] if size else data
        if at_start:
            size, secret = self._ends.longest(data[::-1], max(at_start, SHORTEST))
            data = labels[secret] + data[size:] if size else data
        return line if data is whole else data.decode("utf-8", "surrogatepass")
