"""One way to look at a text: as it is, or without its control sequences.

Whatever the way, places are given in the text itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .escapes import Sight, see
from .loose import Squeezed
from .needles import Span
from .writer import Run

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["Look", "looks_at"]


class Look:
    """What is looked at: text (bytes) that is not released, behind `settled` bytes of context."""

    def __init__(
        self,
        text: bytes,
        settled: int,
        sight: Sight | None = None,
        shift: int = 0,
    ) -> None:
        """Take what is seen; if it is not the text itself, by which `sight` it is.

        `shift` is added to a place in what that is a sight of to give one in the text itself.
        """
        self.text = text
        self.settled = settled
        self._view = Squeezed(text)
        self._sight = sight
        self._shift = shift

    def place(self, at: int) -> int:
        """Where in the text itself stands what is looked at here."""
        return at if self._sight is None else self._sight.start(at) + self._shift

    def opening(self, snapshot: Snapshot) -> int:
        """From where on the end of the text may still become an occurrence."""
        return self.place(snapshot.opening(self._view, self.settled))

    def find(self, snapshot: Snapshot, *, patient: bool = True) -> list[Span]:
        """List the occurrences that end in the text. They are spans of what is looked at here."""
        found = snapshot.find(self._view, final=False, patient=patient)
        return [span for span in found if span.end > self.settled]

    def find_at_end(self, snapshot: Snapshot) -> list[Span]:
        """The same, at the very end of a text."""
        found = snapshot.find_at_end(self._view, self.settled)
        return [span for span in found if span.end > self.settled]

    def unsettled(self, spans: Sequence[Span]) -> int:
        """Where the first of these begins that more text could change, or the end of the text."""
        starts = [span.start for span in spans if not span.settled]
        return self.place(max(min(starts), self.settled) if starts else len(self.text))

    def runs(self, spans: Sequence[Span]) -> list[Run]:
        """Where these stand in the text itself."""
        found = [(start, end, secret) for start, end, secret, _, _, _ in spans]
        sight, shift = self._sight, self._shift
        if sight is None:
            return found
        return [
            (sight.start(start) + shift, sight.end(end) + shift, secret)
            for start, end, secret in found
        ]

    def outside(self, place: int) -> int:
        """A place, or where the sequences begin inside of which it is."""
        if self._sight is None:
            return place
        return self._sight.outside(place - self._shift) + self._shift

    def context(self, place: int, snapshot: Snapshot) -> bytes:
        """What is looked at here just before a place."""
        at = place if self._sight is None else self._sight.before(place - self._shift)
        return self.text[max(0, at - snapshot.context) : at]


def looks_at(
    snapshot: Snapshot,
    *pieces: bytes,
    context: bytes = b"",
    seen_context: bytes = b"",
) -> list[Look]:
    """Give the ways to look at a text that comes in pieces (bytes), the text itself last.

    What was released before it is the context, and without control sequences the `seen_context`.
    """
    text = b"".join((context, *pieces))
    settled, before = len(context), len(seen_context)
    itself = Look(text, settled)
    if not snapshot.through_escapes or (b"\x1b" not in text and seen_context == context):
        return [itself]
    sight = see(seen_context + text[settled:], before)
    return [Look(sight.text, before, sight, settled - before), itself]
