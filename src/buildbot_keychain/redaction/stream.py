"""Redacting text that comes in pieces: whatever the pieces, the output is the same.

Nearly all text is whole lines without a secret, and passes as it is: it is folded, scanned, and its
end looked up, once. Otherwise it is taken in behind what is `pending`, unless that was done before
(`remembered`), or there is `patience` to wait for more.

A secret added in between is looked for in everything that is still pending.

Where values are looked for in what is left of a text when others are hidden (`chosen`), another
stream follows, which takes in what this one releases.
"""

from __future__ import annotations

from collections.abc import Callable

from buildbot_keychain.secretive import secretive

from .matching.escapes import has_controls
from .matching.normalisation import fold
from .matching.view import ScannedLines
from .pending import TAIL, Pending
from .remembered import UNKNOWN, Remembered, blocks_of, repeats_itself
from .snapshot import HasSnapshot, Snapshot

__all__ = ["RedactionStream"]

PIECES = 1024
"""So many bytes of a line that waits for its end are looked at together, however they come."""

Note = Callable[[int, bytes, int], None]
"""Is told of each run that is covered: the secret, its label, and how many lines the call that
covers it has released before."""


@secretive
class RedactionStream:
    """One text, redacted as it comes. Not for use by two threads at once."""

    def __init__(self, known: HasSnapshot, note: Note | None = None) -> None:
        """Begin a text under the secrets known at each moment; `note` is told what is hidden."""
        self._known = known
        self._note = note
        self._pending = Pending()
        self._remembered = Remembered(self._pending)
        self._aside: list[bytes] = []
        self._aside_size = 0
        self._then: RedactionStream | None = None
        self._closed = False

    @property
    def held(self) -> int:
        """How many bytes of text have been taken in and not released."""
        held = self._pending.held + self._aside_size
        return held if self._then is None else held + self._then.held

    @property
    def held_lines(self) -> int:
        """How many line ends are among these."""
        held = self._pending.held_lines + b"".join(self._aside).count(b"\n")
        return held if self._then is None else held + self._then.held_lines

    def feed(self, text: str) -> str:
        """Take in a text (str) and return what can be released (str), redacted.

        Raises `ValueError` after `close`.
        """
        data, scanned = text.encode("utf-8", "surrogatepass"), None
        snapshot, pending = self._known.snapshot(), self._pending
        if self._remembered.number >= 0 and not self._aside:
            done = self._remembered.done(data, snapshot)
            if done is not None:
                self._tell(snapshot)
                released = self._handed_on(done, snapshot)
                return text if released is data else _decoded(released)
        if pending.idle and data[-1:] == b"\n" and not self._aside:
            if pending.stripped is not None or (snapshot.through_escapes and has_controls(data)):
                passes = pending.passes_stripped(data, snapshot)
            else:
                folded = pending.tail + fold(data)
                hits = snapshot.hits(data, folded)
                passes = hits is None
                if hits is not None:
                    scanned = ScannedLines(folded, len(pending.tail), hits)
                else:
                    pending.tail, size = folded[-TAIL:], snapshot.context
                    pending.context = (pending.context + data[-size:])[-size:]
            if passes:
                self._remembered.number = UNKNOWN
                is_last = snapshot.then is None and self._then is None
                return text if is_last else self._next().feed(text)
        released = self._feed(data, scanned)
        return text if released is data else _decoded(released)

    def close(self) -> str:
        """Return the rest (str), redacted; the second time nothing."""
        return _decoded(self.close_bytes())

    def feed_bytes(self, data: bytes) -> bytes:
        """Take in data (bytes) and return what can be released (bytes), redacted."""
        return self._feed(data)

    def _feed(self, data: bytes, scanned: ScannedLines | None = None) -> bytes:
        """Take in data (bytes), which may have been scanned, and return what can be released."""
        if self._closed:
            raise ValueError("the stream is closed")
        snapshot = self._known.snapshot()
        if not repeats_itself(data, snapshot):
            return self._handed_on(self._take_in(data, snapshot, scanned=scanned), snapshot)
        released, line = [], 0
        for block in blocks_of(data):
            released.append(self._take_in(block, snapshot, line))
            line += released[-1].count(b"\n")
        return self._handed_on(b"".join(released), snapshot)

    def close_bytes(self) -> bytes:
        """Return the rest (bytes), redacted; the second time nothing."""
        return self._close(b"")

    def _close(self, data: bytes) -> bytes:
        """Take in the last data (bytes) and return the rest, redacted."""
        snapshot = self._known.snapshot()
        released = self._pending.end(self._with_aside(data), snapshot)
        self._tell(snapshot)
        self._closed, self._remembered.number = True, UNKNOWN
        if snapshot.then is not None or self._then is not None:
            released = self._next()._close(released)  # noqa: SLF001 - one of these
        return released

    def _take_in(
        self, data: bytes, snapshot: Snapshot, line: int = 0, *, scanned: ScannedLines | None = None
    ) -> bytes:
        """Take in data (bytes), or put it aside, and return what can be released.

        :param line: how many lines have been released along with it, before.
        """
        if self._may_wait(data, snapshot):
            self._aside.append(data)
            self._aside_size += len(data)
            return b""
        released = self._remembered.take_in(self._with_aside(data), snapshot, scanned)
        self._tell(snapshot, line)
        return released

    def _with_aside(self, data: bytes) -> bytes:
        """Return data (bytes) behind what was put aside."""
        if self._aside:
            data = b"".join((*self._aside, data))
            self._aside, self._aside_size = [], 0
        return data

    def _handed_on(self, released: bytes, snapshot: Snapshot) -> bytes:
        """Return what is left of what is released by the stream that follows, if any."""
        if released and (snapshot.then is not None or self._then is not None):
            return self._next().feed_bytes(released)
        return released

    def _tell(self, snapshot: Snapshot, line: int = 0) -> None:
        """Report the labels in what is released, behind so many lines, by their lines there."""
        if self._note is not None and self._pending.told:
            line += 0 if self._then is None else self._then.held_lines
            for secret, at in self._pending.told:
                self._note(secret, snapshot.labels[secret], line + at)

    def _next(self) -> RedactionStream:
        """Return the stream that takes in what this one releases."""
        if self._then is None:
            self._then = RedactionStream(_Then(self._known), self._note)
        return self._then

    def _may_wait(self, data: bytes, snapshot: Snapshot) -> bool:
        """Return whether a piece can be put aside, to be looked at with what comes next."""
        pending, expected = self._pending, self._pending.patience.expected
        if snapshot.by_line and not expected:
            size = self._aside_size + len(data)
            if size < PIECES and b"\n" not in data and not pending.holds_lines:
                return True
        if snapshot is not pending.snapshot:
            return False
        folded = fold(data) if expected and not has_controls(data) else None
        return pending.patience.lasts(folded, len(data))


@secretive
class _Then:
    """What is hidden in what a stream releases."""

    def __init__(self, known: HasSnapshot) -> None:
        self._known = known

    def snapshot(self) -> Snapshot:
        """Return what comes behind a snapshot, or the same where nothing does any more."""
        snapshot = self._known.snapshot()
        return snapshot.then or snapshot


def _decoded(data: bytes) -> str:
    """Return the text of data (bytes); a stream may have been fed with bytes that are none."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")
