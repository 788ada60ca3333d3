"""Pieces of secrets at the edges of lines that were torn apart, with text lost in between.

Elsewhere a piece is hidden only beside an ellipsis. Here the caller knows that the line ends in the
middle of something, and that what came next is gone: so the longest beginning of a secret at the
line's end is hidden, or the longest end of a secret at the line's start. How short a piece is still
shown is for the caller to decide.

It takes time by the length of the line, not by the number of secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .matching.pattern import Span
from .matching.view import FoldedText

if TYPE_CHECKING:
    from .matching.layer import Layer
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
    labels = snapshot.labels
    if at_end:
        least = max(at_end, SHORTEST)
        text = FoldedText(data)
        beginnings = _pieces(
            text,
            snapshot,
            lambda layer: (
                *layer.cut_off(data, enough=lambda piece: len(piece) >= least),
                *layer.find(text, final=True),
            ),
        )
        first = min(
            (span for span in beginnings if span.end == len(data) and not span.is_word),
            default=None,
        )
        if first:
            data = data[: first.start] + labels[first.secret]
            hidden.append(first.secret)
    if at_start:
        least = max(at_start, SHORTEST)
        ends = _pieces(
            FoldedText(data),
            snapshot,
            lambda layer: [
                Span(0, size, secret, 0, final=True)
                for size, secret in layer.ends.starting(data, least)
            ],
        )
        longest = max(ends, key=lambda end: (end.end, -end.secret), default=None)
        if longest:
            size, secret = longest.end, longest.secret
            data = labels[secret] + data[size:]
            hidden.insert(0, secret)
    return line if data is whole else data.decode("utf-8", "surrogatepass"), hidden


def _pieces(
    text: FoldedText, snapshot: Snapshot, pieces: Callable[[Layer], Iterable[Span]]
) -> list[Span]:
    """Return the pieces at an edge of what was given.

    Values that somebody chose are among them only if whoever chose them knows all that was given,
    and where they do not overlap what nobody could have guessed.
    """
    spans = [span for layer in snapshot.layers for span in pieces(layer)]
    own = [span for layer in snapshot.own for span in pieces(layer)]
    if own:
        others = [span for layer in snapshot.open_layers for span in layer.find(text, final=True)]
        spans += (
            span
            for span in own
            if not any(other.start < span.end and span.start < other.end for other in others)
        )
    return spans
