"""Pieces of secrets at the edges of lines that were torn apart, with text lost in between.

Elsewhere a piece is hidden only beside an ellipsis. Here the caller knows that the line ends in the
middle of something, and that what came next is gone: so the longest beginning of a secret at the
line's end is hidden, or the longest end of a secret at the line's start. How short a piece is still
shown is for the caller to decide.

It takes time by the length of the line, not by the number of secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .matching.pattern import Span
from .matching.view import FoldedText

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["torn"]

SHORTEST = 4
"""Bytes: no shorter piece is looked for."""


def torn(line: str, snapshot: Snapshot, *, at_start: int, at_end: int) -> tuple[str, list[int]]:
    """Return a line with the pieces at its edges hidden, and the secrets that they are of.

    See `Audience.redact_torn`.
    """
    data = whole = line.encode("utf-8", "surrogatepass")
    hidden: list[int] = []
    layers, labels = snapshot.layers, snapshot.labels
    if at_end:
        least = max(at_end, SHORTEST)
        text = FoldedText(data)
        spans = [
            span
            for layer in layers
            for span in (
                *layer.cut_off(data, enough=lambda piece: len(piece) >= least),
                *layer.find(text, final=True),
            )
        ]
        first = min(
            (
                span
                for span in snapshot.chosen.without_guesses(spans)
                if span.end == len(data) and not span.is_word
            ),
            default=None,
        )
        if first:
            data = data[: first.start] + labels[first.secret]
            hidden.append(first.secret)
    if at_start:
        least = max(at_start, SHORTEST)
        ends = [
            Span(0, size, secret, 0, final=True)
            for layer in layers
            for size, secret in layer.ends.starting(data, least)
        ]
        if not snapshot.chosen.known.keys().isdisjoint(end.secret for end in ends):
            text = FoldedText(data)
            whole_ones = [span for layer in layers for span in layer.find(text, final=True)]
            told = set(snapshot.chosen.without_guesses([*ends, *whole_ones]))
            ends = [end for end in ends if end in told]
        longest = max(ends, key=lambda end: (end.end, -end.secret), default=None)
        if longest:
            size, secret = longest.end, longest.secret
            data = labels[secret] + data[size:]
            hidden.insert(0, secret)
    return line if data is whole else data.decode("utf-8", "surrogatepass"), hidden
