"""Redacting text that comes in pieces: whatever the pieces, the output is the same.

The stream owns what it has not released. For each piece it

1. adds the piece to what it holds and looks at the whole without escape sequences, with a little of
   what was released before as context;
2. asks from where on the end of the text may still become an occurrence, and holds that;
3. finds the occurrences in the text. One that more text could change (a short value at the end may
   turn out to be part of a word) is held as well;
4. releases everything before what it holds, the occurrences that begin there covered by labels. If
   one of them reaches into what is held, that much of the held text is covered already.

At the end nothing is held: the beginning of a needle that makes up the greater part of it is
masked, everything else is released.

A secret added in between is looked for in everything that is still held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Thick
from .escapes import Sight, see
from .loose import Squeezed
from .needles import Span
from .writer import Run, Writer, unite

if TYPE_CHECKING:
    from .snapshot import Known, Snapshot

__all__ = ["RedactionStream"]

LINE = 8192
"""A host's lines are not longer, in bytes; of a longer one only so much waits."""


class RedactionStream:
    """One text, redacted as it comes. Not for use by two threads at once."""

    def __init__(self, known: Known) -> None:
        """Begin a text under the secrets known at each moment."""
        self._known = known
        self._seen: Snapshot | None = None
        self._held = b""
        self._context = b""
        self._covered = 0
        self._owner = 0
        self._writer = Writer()
        self._plain = True
        self._closed = False

    @property
    def held(self) -> int:
        """How many bytes of text have been taken in and not released."""
        return len(self._held)

    def feed(self, text: str) -> str:
        """Take in a text (str) and return what can be released (str), redacted.

        Raises `ValueError` after `close`.
        """
        # Text without a secret, which is nearly everything, is done in one look. A line end is all
        # the context that whole lines leave.
        try:
            if self._plain:
                end = b"" if text[-1] == "\n" else self._closed_end(text)
                if end is not None:
                    look = self._known.look
                    if not (look(text) if look else self._known.suspect_lines(text.encode())):
                        self._context = end
                        return text
        except (IndexError, UnicodeEncodeError):
            pass  # an empty text, or half of a surrogate pair
        data = text.encode("utf-8", "surrogatepass")
        released = self.feed_bytes(data)
        return text if released is data else released.decode("utf-8", "surrogatepass")

    def close(self) -> str:
        """Return the rest (str), redacted; the second time nothing."""
        return self.close_bytes().decode("utf-8", "surrogatepass")

    def feed_bytes(self, data: bytes) -> bytes:
        """Take in data (bytes) and return what can be released (bytes), redacted."""
        if self._closed:
            raise ValueError("the stream is closed")
        snapshot = self._known.snapshot()
        fresh, self._seen = self._seen is not snapshot, snapshot
        settled = len(self._context)
        whole = b"".join((self._context, self._held, data))
        sight = self._sight(whole, snapshot, final=False)
        text = sight.text
        view = Squeezed(text)
        opened = snapshot.opening(view, settled)
        if opened == settled < len(text):
            self._held, self._plain = whole[settled:], False
            return b""
        late = self._covered or (settled and fresh) or sight.text is not whole
        bulk = None if late else snapshot.bulk
        try:
            found = snapshot.find(view, final=False, patient=bulk is None)
        except Thick:
            released, stop = bulk.write(text, settled, opened, self._writer) if bulk else (b"", 0)
            if stop > settled:
                self._settle(whole, stop, text, stop, snapshot)
                return released if stop == opened else released + self.feed_bytes(b"")
            found = snapshot.find(view, final=False)
        spans = [span for span in found if span.end > settled]
        if self._plain and not spans and opened == len(text) and sight.size == len(whole):
            self._context = text[-snapshot.context :]
            return data
        for span in spans:
            if not span.settled:
                opened = min(opened, max(span.start, settled))
        if snapshot.whole_lines and opened < len(text):
            opened = _line_start(text, settled, opened)
        return self._release(
            whole, sight, snapshot, [span for span in spans if span.start < opened], opened
        )

    def close_bytes(self) -> bytes:
        """Return the rest (bytes), redacted; the second time nothing."""
        self._closed, self._plain = True, False
        snapshot = self._known.snapshot()
        settled = len(self._context)
        whole = self._context + self._held
        sight = self._sight(whole, snapshot, final=True)
        spans = snapshot.find_at_end(Squeezed(sight.text), settled)
        return self._release(
            whole, sight, snapshot, [s for s in spans if s.end > settled], len(sight.text)
        )

    def _closed_end(self, text: str) -> bytes | None:
        """What is to be kept of a text (str) as context, or None if a needle may be open there."""
        snapshot = self._seen
        if snapshot is not self._known.snapshot():
            return None
        end = text[-snapshot.reach :].encode()
        return None if snapshot.opens(end) else (self._context + end)[-snapshot.context :]

    def _sight(self, whole: bytes, snapshot: Snapshot, *, final: bool) -> Sight:
        """What is seen of the context and the text after it."""
        if not snapshot.through_escapes:
            return Sight(whole, len(whole))
        return see(whole, len(self._context), final=final)

    def _release(
        self,
        whole: bytes,
        sight: Sight,
        snapshot: Snapshot,
        spans: list[Span],
        opened: int,
    ) -> bytes:
        """Release what stands before `opened`, a place in the text that is seen."""
        settled = len(self._context)
        size = sight.start(opened)
        found: list[Run] = [(start, end, secret) for start, end, secret, _, _ in spans]
        if sight.text is not whole:
            found = [(sight.start(start), sight.end(end), secret) for start, end, secret in found]
        if self._covered:
            found.append((-1, settled + self._covered, self._owner))
        runs = unite(found) if found else found
        released = self._writer.write(whole, settled, size, runs, snapshot.labels.by_secret)
        self._covered = 0
        for start, end, secret in runs:
            if start < size < end:
                self._covered, self._owner = end - size, secret
        self._settle(whole, size, sight.text, opened, snapshot)
        return released

    def _settle(
        self,
        whole: bytes,
        size: int,
        text: bytes,
        opened: int,
        snapshot: Snapshot,
    ) -> None:
        """Hold what stands behind `size`, which is `opened` in the text that is seen."""
        self._held = whole[size:]
        self._context = text[max(0, opened - snapshot.context) : opened]
        self._plain = not self._held and not self._covered and self._writer.idle


def _line_start(text: bytes, settled: int, opened: int) -> int:
    """The start of the line on which `opened` stands, for a host that stores whole lines."""
    low = max(settled, opened - LINE)
    end = text.rfind(b"\n", low, opened)
    if end >= 0:
        return end + 1
    while low < opened and text[low] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a UTF-8 character
        low += 1
    return low
