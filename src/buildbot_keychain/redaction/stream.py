"""Redacting text that comes in pieces: whatever the pieces, the output is the same.

The stream owns what it has not released. For each piece it

1. adds the piece to what it holds and looks at the whole, with a little of what was released before
   as context; if there are escape sequences in it, without them as well;
2. asks from where on the end of the text may still become an occurrence, and holds that;
3. finds the occurrences in the text. One that more text could change (a short value at the end may
   turn out to be part of a word) is held as well;
4. releases everything before what it holds, the occurrences that begin there covered by labels. If
   one of them reaches into what is held, that much of the held text is covered already.

Nearly all text needs nothing of this: one look finds no secret in it, and it passes. Where secrets
stand thickly, `Bulk` does steps 3 and 4 at once if it can.

At the end nothing is held: the beginning of a needle that makes up the greater part of it is
masked, everything else is released.

A secret added in between is looked for in everything that is still held.
"""

from __future__ import annotations

from collections.abc import Sequence

from .engine import Thick
from .look import Look, looks_at
from .loose import Squeezed
from .needles import Span
from .snapshot import SHORT, Known, Snapshot
from .writer import Writer, unite

__all__ = ["RedactionStream"]

LINE = 8192
"""A host's lines are not longer, in bytes; of a longer one only so much waits."""

HEAD = 256
"""Bytes of a text that are taken in alone if what was held before is covered in part."""

_EARLIER = -(1 << 62)
"""A place before everything that can be looked at."""


class RedactionStream:
    """One text, redacted as it comes. Not for use by two threads at once."""

    def __init__(self, known: Known) -> None:
        """Begin a text under the secrets known at each moment."""
        self._known = known
        self._last: Snapshot | None = None
        self._held = b""
        self._context = self._seen_context = b""
        self._covered = 0
        self._owner = 0
        self._writer = Writer()
        # Whether it may be tried to pass the next text as it is, and whether nothing is held then.
        self._idle = self._plain = True
        self._closed = False

    @property
    def held(self) -> int:
        """How many bytes of text have been taken in and not released."""
        return len(self._held)

    def feed(self, text: str) -> str:
        """Take in a text (str) and return what can be released (str), redacted.

        Raises `ValueError` after `close`.
        """
        # Text without a secret, which is nearly everything, is done in one look.
        try:
            suspect = self._known.suspect_lines
            if suspect and self._plain and text[-1:] == "\n":
                look = self._known.look
                if not (look(text) if look else suspect(text.encode())):
                    self._context = self._seen_context = b""  # a line end is all the context
                    return text
            elif self._idle:
                passed = self._passed(text)
                if passed is not None:
                    return passed
        except UnicodeError:
            pass  # half of a surrogate pair
        data = text.encode("utf-8", "surrogatepass")
        released = self.feed_bytes(data)
        return text if released is data else _decoded(released)

    def close(self) -> str:
        """Return the rest (str), redacted; the second time nothing."""
        return _decoded(self.close_bytes())

    def feed_bytes(self, data: bytes) -> bytes:
        """Take in data (bytes) and return what can be released (bytes), redacted."""
        if self._closed:
            raise ValueError("the stream is closed")
        if self._covered and len(data) > 2 * HEAD:
            # Behind what is covered already the rest may go a quicker way.
            return self._fed(data[:HEAD]) + self._fed(data[HEAD:])
        return self._fed(data)

    def _fed(self, data: bytes) -> bytes:
        snapshot = self._known.snapshot()
        fresh, self._last = self._last is not snapshot, snapshot
        looks = self._looks(snapshot, data)
        text, settled = looks[-1].text, looks[-1].settled
        opened = min([look.opening(snapshot) for look in looks])
        if opened == settled < len(text):
            self._held, self._plain = text[settled:], False
            return b""
        late = self._covered or (settled and fresh) or len(looks) > 1
        bulk = None if late else snapshot.bulk
        try:
            spans = [look.find(snapshot, patient=bulk is None) for look in looks]
        except Thick:
            released, stop = bulk.write(text, settled, opened, self._writer) if bulk else (b"", 0)
            if stop > settled:
                self._settle(looks, stop, snapshot)
                return released if stop == opened else released + self._fed(b"")
            spans = [look.find(snapshot) for look in looks]
        if self._plain and opened == len(text) and not any(spans):
            self._settle(looks, opened, snapshot)
            return data
        opened = min(opened, *map(Look.unsettled, looks, spans))
        opened = looks[0].outside(opened)
        if snapshot.whole_lines and opened < len(text):
            opened = looks[0].outside(_line_start(text, settled, opened))
        return self._release(looks, spans, opened, snapshot)

    def close_bytes(self) -> bytes:
        """Return the rest (bytes), redacted; the second time nothing."""
        snapshot = self._known.snapshot()
        looks = self._looks(snapshot, b"")
        spans = [look.find_at_end(snapshot) for look in looks]
        released = self._release(looks, spans, len(looks[-1].text), snapshot)
        self._closed, self._idle, self._plain = True, False, False
        return released

    def _passed(self, text: str) -> str | None:
        """Release a text (str), or nearly all of it, as it is; None if that needs a closer look."""
        snapshot = self._last
        if snapshot is not self._known.snapshot():
            return None
        if snapshot.solid and not snapshot.through_escapes:
            return self._passed_but_end(text, snapshot)
        if self._held or len(text) > SHORT or self._seen_context != self._context:
            return None
        whole = self._context + text.encode()
        if snapshot.through_escapes and b"\x1b" in whole:
            return None
        view = Squeezed(whole)
        settled = len(self._context)
        if snapshot.suspect(view) or snapshot.opening(view, settled) < len(whole):
            return None
        self._context = self._seen_context = whole[-snapshot.context :]
        return text

    def _passed_but_end(self, text: str, snapshot: Snapshot) -> str | None:
        """The same, where no context matters: release what is held, too, but for an open end."""
        whole = self._held.decode() + text
        end = whole[-snapshot.reach :].encode()
        opened = snapshot.opening(Squeezed(end), 0)
        look = self._known.look
        if look(whole) if look else snapshot.suspect(Squeezed(whole.encode())):
            return None
        self._held = end[opened:]
        released = whole[: len(whole) - len(self._held.decode())]
        latest = released[-snapshot.context :].encode("utf-8", "surrogatepass")
        self._context = (self._context + latest)[-snapshot.context :]
        self._seen_context = self._context
        self._plain = not self._held
        return released

    def _looks(self, snapshot: Snapshot, data: bytes) -> list[Look]:
        return looks_at(
            snapshot,
            self._held,
            data,
            context=self._context,
            seen_context=self._seen_context,
        )

    def _release(
        self,
        looks: Sequence[Look],
        spans: Sequence[Sequence[Span]],
        opened: int,
        snapshot: Snapshot,
    ) -> bytes:
        """Release what stands before `opened`, with what was found in each look covered."""
        text, settled = looks[-1].text, looks[-1].settled
        found = [
            run
            for look, seen in zip(looks, spans, strict=True)
            for run in look.runs(seen)
            if run[0] < opened
        ]
        if self._covered:
            found.append((_EARLIER, settled + self._covered, self._owner))
        runs = unite(found) if found else found
        released = b""
        if opened > settled:
            released = self._writer.write(text, settled, opened, runs, snapshot.labels.by_secret)
        self._covered = 0
        for start, end, secret in runs:
            if start < opened < end:
                self._covered, self._owner = end - opened, secret
        self._settle(looks, opened, snapshot)
        # Where one secret is there are others: the next text is not tried to be passed as it is.
        self._idle = self._idle and not runs
        return released

    def _settle(self, looks: Sequence[Look], opened: int, snapshot: Snapshot) -> None:
        """Hold what stands from `opened` on."""
        self._held = looks[-1].text[opened:]
        self._context = looks[-1].context(opened, snapshot)
        self._seen_context = looks[0].context(opened, snapshot)
        self._idle = not self._covered and self._writer.idle
        self._plain = self._idle and not self._held


def _decoded(data: bytes) -> str:
    """The text of data (bytes); a stream may have been fed with bytes that are none."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _line_start(text: bytes, settled: int, opened: int) -> int:
    """The start of the line on which `opened` stands, for a host that stores whole lines."""
    low = max(settled, opened - LINE)
    end = text.rfind(b"\n", low, opened)
    if end >= 0:
        return end + 1
    while low < opened and text[low] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a UTF-8 character
        low += 1
    return low
