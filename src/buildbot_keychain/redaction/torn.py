"""Pieces of secrets at the edges of lines that were torn apart, with text lost in between.

Elsewhere nothing but the whole of a secret is hidden. Here the reader knows that the line ends in
the middle of something, and that what came next is gone: so the longest beginning of a secret at
the line's end is hidden, or the longest end of a secret at the line's start. How short a piece is
still shown is for the reader to say.

It takes time by the length of the longest secret, not by the number of secrets.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from .openings import Openings
from .protection import ANYWHERE_LENGTH
from .snapshot import Snapshot

__all__ = ["Torn"]

# Bytes: no shorter piece is looked for.
_SHORTEST = 4


class _Beginnings:
    """Which of some texts the end of a line begins, or is."""

    def __init__(self, texts: Iterable[tuple[bytes, int]]) -> None:
        """Take the texts, none with a line end, each with the index of its secret."""
        self._texts = sorted(texts)
        # With a line end behind it, which no line holds, a whole text is a beginning too.
        self._openings = Openings(text + b"\n" for text, _ in self._texts)

    def longest(self, line: bytes, least: int) -> tuple[int, int]:
        """The length of the longest piece of `least` bytes or more, and whose it is, or 0, 0."""
        size = len(line) - self._openings.first(line)
        if size < least:
            return 0, 0
        at = bisect.bisect_left(self._texts, (line[-size:], 0))
        return size, self._texts[at][1]


class Torn:
    """The edges of all secrets of a snapshot that are hidden wherever they stand."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Index both edges of every needle of one line."""
        self.snapshot = snapshot
        texts = [
            (needle.text, needle.secret)
            for layer in snapshot.layers
            for needle in layer.needles
            if len(needle.text) >= ANYWHERE_LENGTH and not needle.words and b"\n" not in needle.text
        ]
        self._beginnings = _Beginnings(texts)
        self._ends = _Beginnings((text[::-1], secret) for text, secret in texts)

    def redact(self, line: str, *, at_start: int, at_end: int) -> str:
        """Hide the pieces at the edges of a line; see `Redactor.redact_torn`."""
        data = whole = line.encode("utf-8", "surrogatepass")
        labels = self.snapshot.labels.by_secret
        if at_end:
            size, secret = self._beginnings.longest(data, max(at_end, _SHORTEST))
            data = data[: len(data) - size] + labels[secret] if size else data
        if at_start:
            size, secret = self._ends.longest(data[::-1], max(at_start, _SHORTEST))
            data = labels[secret] + data[size:] if size else data
        return line if data is whole else data.decode("utf-8", "surrogatepass")
