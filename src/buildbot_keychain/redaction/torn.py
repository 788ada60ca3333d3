"""Pieces of secrets at the edges of lines that were torn apart, with text lost in between.

Elsewhere nothing but the whole of a secret is hidden. Here the reader knows that the line ends in
the middle of something, and that what came next is gone: so the longest beginning of a secret at
the line's end is hidden, or the longest end of a secret at the line's start. How short a piece is
still shown is for the reader to say.

It takes time by the length of the longest secret, not by the number of secrets.
"""

from __future__ import annotations

from collections import defaultdict

from .protection import ANYWHERE_LENGTH
from .snapshot import Snapshot

__all__ = ["Torn"]

# Bytes by which a piece is looked up: no shorter one is found.
_KEY = 4

_Index = dict[bytes, list[tuple[bytes, int]]]


class Torn:
    """The edges of all secrets of a snapshot that are hidden wherever they stand."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Index the first and the last bytes of every needle of one line."""
        self.snapshot = snapshot
        self._beginnings: _Index = defaultdict(list)
        self._ends: _Index = defaultdict(list)
        self._longest = 0
        for layer in snapshot.layers:
            for needle in layer.needles:
                text = needle.text
                if len(text) >= ANYWHERE_LENGTH and not needle.words and b"\n" not in text:
                    self._beginnings[text[:_KEY]].append((text, needle.secret))
                    self._ends[text[-_KEY:]].append((text, needle.secret))
                    self._longest = max(self._longest, len(text))

    def redact(self, line: str, *, at_start: int, at_end: int) -> str:
        """Hide the pieces at the edges of a line; see `Redactor.redact_torn`."""
        data = line.encode("utf-8", "surrogatepass")
        labels = self.snapshot.labels.by_secret
        if at_end:
            start, secret = self._beginning(data, max(at_end, _KEY))
            data = data[:start] + (labels[secret] if start < len(data) else b"")
        if at_start:
            end, secret = self._end(data, max(at_start, _KEY))
            data = (labels[secret] if end else b"") + data[end:]
        return data.decode("utf-8", "surrogatepass")

    def _beginning(self, data: bytes, least: int) -> tuple[int, int]:
        """Where the longest beginning of a secret at the end of data starts, and whose it is."""
        for start in range(max(0, len(data) - self._longest), len(data) - least + 1):
            rest = data[start:]
            for text, secret in self._beginnings.get(rest[:_KEY], ()):
                if text.startswith(rest):
                    return start, secret
        return len(data), 0

    def _end(self, data: bytes, least: int) -> tuple[int, int]:
        """Where the longest end of a secret at the start of data ends, and whose it is."""
        for end in range(min(len(data), self._longest), least - 1, -1):
            for text, secret in self._ends.get(data[end - _KEY : end], ()):
                if text.endswith(data[:end]):
                    return end, secret
        return 0, 0
