"""Redacting text that comes in pieces: whatever the pieces, the output is the same.

Nearly all text is whole lines without a secret, and passes as it is: it is folded, scanned, and its
end looked up, once. Otherwise the stream owns what it has not released (it is pending), and

1. looks at that and the new piece, with a little of what was released before as context; if there
   are control sequences in it, without them as well;
2. finds from where on the end of the text may still become an occurrence: that stays pending;
3. finds the occurrences in the text. One that more text could change (a short value at the end may
   turn out to be part of a word) stays pending as well;
4. releases everything before that, the occurrences that begin there covered by labels. If one of
   them reaches into what is pending, that much of it is covered already.

Where much is pending, such as a long key that comes line by line, a new piece that goes on as the
key does is only put aside; and however the text goes on, all of it is looked at again only when a
part of as much has come. So the time taken is proportional to the length of the text.

At the end nothing is pending: the beginning of a pattern that makes up the greater part of it is
masked, everything else is released.

A secret added in between is looked for in everything that is still pending.

Where values are looked for in what is left of a text when others are hidden (`chosen`), another
stream follows, which takes in what this one releases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from buildbot_keychain.secretive import secretive

from .dumps import Dumps
from .matching.dump_lines import is_marked
from .matching.escapes import has_controls, without_sequences
from .matching.layer import Opening
from .matching.normalisation import fold
from .matching.pattern import Span
from .matching.view import Scanned, View, covers, views_of
from .output.writer import Writer, unite
from .remembered import LONGEST, UNKNOWN, Done, Remembered, State, blocks_of, repeats_itself
from .snapshot import HasSnapshot, Snapshot

__all__ = ["RedactionStream"]

LINE = 8192
"""A host's lines are not longer, in bytes; of a longer one only so much waits."""

TAIL = 12
"""Bytes of folded context: as much as is shown of a pattern that the host has cut."""

MUCH = 256
"""From so many pending bytes on, they are not looked at again for each piece."""

PART = 8
"""Where much is pending, it is looked at again when this part of as much has come."""

PIECES = 1024
"""So many bytes of a line that waits for its end are looked at together, however they come."""

Note = Callable[[int, bytes, int], None]
"""Is told of each run that is covered: the secret, its label, and how many lines the call that
covers it has released before."""

_EARLIER = -(1 << 62)
"""A place before everything that can be looked at."""


@secretive
class RedactionStream:
    """One text, redacted as it comes. Not for use by two threads at once."""

    def __init__(self, known: HasSnapshot, note: Note | None = None) -> None:
        """Begin a text under the secrets known at each moment; `note` is told what is hidden."""
        self._known = known
        self._note = note
        self._line = 0
        self._last: Snapshot | None = None
        self._pending = b""
        self._context = self._tail = b""
        # The same without control sequences, where that is something else.
        self._stripped: tuple[bytes, bytes] | None = None
        self._covered = 0
        self._owner = 0
        self._writer = Writer()
        self._dumps = Dumps()
        self._then: RedactionStream | None = None
        self._aside: list[bytes] = []
        self._aside_size = self._patience = 0
        self._expected, self._seen = b"", 0
        # Whether nothing is pending or covered, and no dump waits or goes on.
        self._idle = self._clean = True
        self._remembered = Remembered()
        # By which number the state is remembered, if what comes next is looked at as it comes.
        self._number = UNKNOWN
        self._told: list[tuple[int, int]] = []
        self._closed = False

    @property
    def held(self) -> int:
        """How many bytes of text have been taken in and not released."""
        held = self._dumps.held + len(self._pending) + self._aside_size
        return held if self._then is None else held + self._then.held

    @property
    def held_lines(self) -> int:
        """How many line ends are among these."""
        held = self._dumps.held_lines + b"".join((self._pending, *self._aside)).count(b"\n")
        return held if self._then is None else held + self._then.held_lines

    def feed(self, text: str) -> str:
        """Take in a text (str) and return what can be released (str), redacted.

        Raises `ValueError` after `close`.
        """
        data, scanned = text.encode("utf-8", "surrogatepass"), None
        if self._number >= 0 and not self._aside:
            snapshot = self._known.snapshot()
            done = self._remembered.done(data, self._number, snapshot)
            if done is not None:
                self._line = 0
                released = self._handed_on(self._do_again(done, data, snapshot), snapshot)
                return text if released is data else _decoded(released)
        if self._idle and data[-1:] == b"\n" and not self._aside:
            snapshot = self._known.snapshot()
            if self._stripped is not None or (snapshot.through_escapes and has_controls(data)):
                passes = self._passes_stripped(data, snapshot)
            else:
                folded = self._tail + fold(data)
                hits = snapshot.hits(data, folded)
                passes = hits is None
                if hits is not None:
                    scanned = Scanned(folded, len(self._tail), hits)
                else:
                    self._number = UNKNOWN
                    self._tail = folded[-TAIL:]
                    self._context = (self._context + data[-snapshot.context :])[-snapshot.context :]
            if passes:
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

    def _feed(self, data: bytes, scanned: Scanned | None = None) -> bytes:
        """Take in data (bytes), which may have been scanned, and return what can be released."""
        if self._closed:
            raise ValueError("the stream is closed")
        self._line = 0
        snapshot = self._known.snapshot()
        if not repeats_itself(data):
            return self._handed_on(self._take_in_next(data, snapshot, scanned), snapshot)
        released = []
        for block in blocks_of(data):
            done = self._take_in_next(block, snapshot)
            if self._note is not None:
                self._line += done.count(b"\n")
            released.append(done)
        return self._handed_on(b"".join(released), snapshot)

    def close_bytes(self) -> bytes:
        """Return the rest (bytes), redacted; the second time nothing."""
        return self._close(b"")

    def _close(self, data: bytes) -> bytes:
        """Take in the last data (bytes) and return the rest, redacted."""
        released, self._line = b"", 0
        if data or self._aside or not self._dumps.idle:
            released = self._take_in(data, self._known.snapshot(), final=True)
            self._line = released.count(b"\n")
        snapshot = self._known.snapshot()
        views = self._views(snapshot, b"")
        spans = [
            [
                span
                for span in snapshot.find_at_end(view.text, view.released)
                if span.end > view.released
            ]
            for view in views
        ]
        released += self._release(views, spans, len(views[-1].text.data), snapshot)
        self._closed, self._idle, self._clean, self._number = True, False, False, UNKNOWN
        if snapshot.then is not None or self._then is not None:
            released = self._next()._close(released)  # noqa: SLF001 - one of these
        return released

    def _handed_on(self, released: bytes, snapshot: Snapshot) -> bytes:
        """Return what is left of what this stream releases by the one that follows, if any."""
        if released and (snapshot.then is not None or self._then is not None):
            return self._next().feed_bytes(released)
        return released

    def _next(self) -> RedactionStream:
        """Return the stream that takes in what this one releases."""
        if self._then is None:
            self._then = RedactionStream(_Then(self._known), self._note)
        return self._then

    def _passes_stripped(self, data: bytes, snapshot: Snapshot) -> bool:
        """Release whole lines in which, or before which, there are control sequences."""
        size = snapshot.context
        context, tail = self._stripped or (self._context, self._tail)
        seen = without_sequences(data)
        folded, folded_seen = self._tail + fold(data), tail + fold(seen)
        # Both are looked at together; between them is what folding leaves out.
        if snapshot.hits(data + seen, b"%s\n%s" % (folded, folded_seen)) is not None:
            return False
        ends_alike = folded[-TAIL:] == folded_seen[-TAIL:]
        if not (ends_alike or snapshot.hits(data, folded[-TAIL:]) is None):
            return False
        context, seen_context = (
            (self._context + data[-size:])[-size:],
            (context + seen[-size:])[-size:],
        )
        self._context, self._tail, self._number = context, folded[-TAIL:], UNKNOWN
        self._stripped = (seen_context, folded_seen[-TAIL:]) if seen_context != context else None
        return True

    def _may_wait(self, data: bytes, snapshot: Snapshot) -> bool:
        """Return whether a piece can be put aside, to be looked at with what comes next."""
        if snapshot.by_line and not self._expected:
            size = self._aside_size + len(data)
            if size < PIECES and b"\n" not in data and not self._holds_lines():
                return True
        if snapshot is not self._last:
            return False
        if self._expected and not has_controls(data):
            folded = fold(data)
            seen = self._seen + len(folded)
            if seen < len(self._expected) and self._expected.startswith(folded, self._seen):
                self._seen = seen
                return True
            self._expected = b""
        self._patience -= len(data)
        return self._patience > 0

    def _holds_lines(self) -> bool:
        """Return whether whole lines wait, which what comes next may release."""
        return b"\n" in self._pending or self._dumps.holds_lines

    def _take_in_next(
        self, data: bytes, snapshot: Snapshot, scanned: Scanned | None = None
    ) -> bytes:
        """Take in data (bytes), or put it aside, and return what can be released."""
        if self._may_wait(data, snapshot):
            self._aside.append(data)
            self._aside_size += len(data)
            return b""
        return self._take_in(data, snapshot, scanned)

    def _take_in(
        self,
        data: bytes,
        snapshot: Snapshot,
        scanned: Scanned | None = None,
        *,
        final: bool = False,
    ) -> bytes:
        if self._aside:
            data = b"".join((*self._aside, data))
            self._aside, self._aside_size = [], 0
        if snapshot is not self._last:
            self._last, self._number = snapshot, UNKNOWN
            self._dumps.expect_nothing()
        number, self._told, self._number = self._number, [], UNKNOWN
        size = len(data) + len(self._pending) + self._dumps.held
        # What a chooser of values knows may have changed since.
        if final or size > LONGEST or snapshot.unknown is not None:
            return self._look_at(data, snapshot, scanned, final=final)
        before = number if number >= 0 else self._remembered.number(self._state, snapshot)
        done = self._remembered.done(data, before, snapshot)
        if done is not None:
            return self._do_again(done, data, snapshot)
        released, state = self._look_at(data, snapshot, scanned), self._state
        number = self._remembered.number(state, snapshot)
        shown = None if released is data else released
        self._remembered.keep(data, before, Done(shown, number, state, self._told))
        self._number = number if self._looks_at_all else UNKNOWN
        return released

    def _do_again(self, done: Done, data: bytes, snapshot: Snapshot) -> bytes:
        """Take in data (bytes) as it was done before in the same state."""
        self._state, self._told = done.state, []
        self._number = done.number if self._looks_at_all else UNKNOWN
        for secret, line in done.told:
            self._tell(secret, self._line + line, snapshot)
        return data if done.released is None else done.released

    @property
    def _looks_at_all(self) -> bool:
        """Whether nothing that comes is put aside because of what it is, or how much it is."""
        return not self._expected and self._patience <= 0

    @property
    def _state(self) -> State:
        """All on which depends what is done with the next piece."""
        return (
            self._pending,
            self._context,
            self._tail,
            *(self._stripped or (None, None)),
            self._covered,
            self._owner,
            self._idle,
            self._clean,
            self._expected,
            self._seen,
            max(0, self._patience),
            *self._writer.state,
            *self._dumps.state,
        )

    @_state.setter
    def _state(self, state: State) -> None:
        (
            self._pending,
            self._context,
            self._tail,
            context,
            tail,
            self._covered,
            self._owner,
            self._idle,
            self._clean,
            self._expected,
            self._seen,
            self._patience,
            run,
            shown,
            *dumps,
        ) = state
        self._stripped = None if context is None else (context, tail)
        self._writer.state = run, shown
        self._dumps.state = dumps

    def _look_at(
        self,
        data: bytes,
        snapshot: Snapshot,
        scanned: Scanned | None = None,
        *,
        final: bool = False,
    ) -> bytes:
        """Take in data (bytes) behind what is pending, and release what can be."""
        views: list[View] = []
        marked = False
        if not self._dumps.goes_on:
            views = self._views(snapshot, data, scanned)
            view, nothing_covered = views[0], not self._covered and self._writer.idle
            whole_lines = nothing_covered and self._dumps.idle and data.endswith(b"\n")
            if whole_lines and len(views) == 1 and snapshot.passes_text(view.text, view.released):
                released = data if self._idle else view.text.data[view.released :]
                self._expected, self._patience = b"", 0
                self._settle(views, len(view.text.data), snapshot)
                return released
            marked = is_marked(data)
        shown = self._dumps.feed(data, snapshot, marked=marked, final=final)
        if shown is not data:
            self._note_dumped(snapshot)
            if not (shown or self._pending or final):
                self._idle = self._clean and self._dumps.idle
                return b""
        if shown is not data or not views:
            views = self._views(snapshot, shown)
        return self._look_in(views, shown, snapshot)

    def _look_in(self, views: Sequence[View], data: bytes, snapshot: Snapshot) -> bytes:
        """Release what can be of what is looked at, to which data (bytes) has come."""
        text, before = views[-1].text.data, views[-1].released
        openings = [snapshot.opening(view.text, view.released) for view in views]
        opened = min(
            view.place(opening.start) for view, opening in zip(views, openings, strict=True)
        )
        self._expected, self._patience = b"", 0
        if opened < len(text):
            self._foresee(views, openings[-1], opened)
        if snapshot.by_line:
            opened = min(opened, views[0].outside(_line_start(text, before, len(text))))
        if opened == before < len(text):
            self._pending = text[before:]
            self._idle = self._clean = False
            return b""
        until = None
        if len(views) == 1:
            # Of one that begins at `opened`, the byte before it may be masked.
            until = len(views[0].text.folded) - len(fold(text[opened:])) + 1
        spans = [
            [
                span
                for span in snapshot.find(view.text, until, released=view.released)
                if span.end > view.released
            ]
            for view in views
        ]
        if self._clean and opened == len(text) and not any(spans):
            self._settle(views, opened, snapshot)
            return data
        opened = min(opened, *map(_changeable, views, spans))
        opened = views[0].outside(opened)
        if snapshot.whole_lines and opened < len(text):
            opened = views[0].outside(_line_start(text, before, opened))
        return self._release(views, spans, opened, snapshot)

    def _note_dumped(self, snapshot: Snapshot) -> None:
        """Report what was covered in dumps, the lines of which come behind what is pending."""
        if self._note is not None:
            pending = self._line + self._pending.count(b"\n")
            for line, secret in self._dumps.begun:
                self._tell(secret, pending + line, snapshot)

    def _tell(self, secret: int, line: int, snapshot: Snapshot) -> None:
        """Report a label by its line in what this stream returns; the next one has some before."""
        if self._note is not None:
            self._told.append((secret, line - self._line))
            before = 0 if self._then is None else self._then.held_lines
            self._note(secret, snapshot.labels[secret], before + line)

    def _foresee(self, views: Sequence[View], opening: Opening, opened: int) -> None:
        """Remember how the text would go on with what is open, and how much may come anyway.

        :param opening: what is open in the text itself.
        :param opened: where something is, with or without control sequences.
        """
        text = views[-1].text
        if opening.expected and len(views) == 1:
            self._expected = opening.expected
            self._seen = len(fold(text.data[opening.start :]))
        if len(text.data) - opened >= MUCH:
            self._patience = (len(text.data) - opened) // PART

    def _views(self, snapshot: Snapshot, data: bytes, scanned: Scanned | None = None) -> list[View]:
        text, released = b"".join((self._context, self._pending, data)), len(self._context)
        if scanned is not None:
            views = [View(scanned.text(text, released), released)]
        else:
            views = views_of(
                text,
                released,
                stripped_context=self._stripped[0] if self._stripped else None,
                through_escapes=snapshot.through_escapes,
            )
        for view in views:
            snapshot.scan(view.text)
        return views

    def _release(
        self,
        views: Sequence[View],
        spans: Sequence[Sequence[Span]],
        opened: int,
        snapshot: Snapshot,
    ) -> bytes:
        """Release what stands before `opened`, with what was found in each view covered."""
        text, before = views[-1].text.data, views[-1].released
        found = [cover for cover in covers(views, spans) if cover[0] < opened]
        if snapshot.unknown is not None:
            found = snapshot.unknown.runs(found, opened)
        if self._covered:
            start, end = views[0].around(_EARLIER, before + self._covered)
            found.append((start, end, self._owner))
        runs = unite(found) if found else found
        if self._note is not None and runs:
            line, at = self._line, before
            for start, _, secret in runs:
                if before <= start < opened:
                    line, at = line + text.count(b"\n", at, start), start
                    self._tell(secret, line, snapshot)
        released = b""
        if opened > before:
            released = self._writer.write(text, before, opened, runs, snapshot.labels)
        self._covered = 0
        for start, end, secret in runs:
            if start < opened < end:
                self._covered, self._owner = end - opened, secret
        self._settle(views, opened, snapshot)
        return released

    def _settle(self, views: Sequence[View], opened: int, snapshot: Snapshot) -> None:
        """Keep what stands from `opened` on."""
        text, size = views[-1].text.data, snapshot.context
        self._pending = text[opened:]
        self._context = views[-1].context(opened, size)
        self._tail, self._stripped = fold(self._context)[-TAIL:], None
        stripped = views[0].context(opened, size)
        if stripped != self._context:
            self._stripped = stripped, fold(stripped)[-TAIL:]
        self._clean = not self._pending and not self._covered and self._writer.idle
        self._idle = self._clean and self._dumps.idle


@secretive
class _Then:
    """What is hidden in what a stream releases."""

    def __init__(self, known: HasSnapshot) -> None:
        self._known = known

    def snapshot(self) -> Snapshot:
        """Return what comes behind a snapshot, or the same where nothing does any more."""
        snapshot = self._known.snapshot()
        return snapshot.then or snapshot


def _changeable(view: View, spans: Sequence[Span]) -> int:
    """Return the place of the first of these that more text could change, or the text's end."""
    starts = [span.start for span in spans if not span.final]
    return view.place(max(min(starts), view.released) if starts else len(view.text.data))


def _decoded(data: bytes) -> str:
    """Return the text of data (bytes); a stream may have been fed with bytes that are none."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _line_start(text: bytes, released: int, opened: int) -> int:
    """Return the start of the line on which `opened` stands, for a host that stores whole lines."""
    low = max(released, opened - LINE)
    end = text.rfind(b"\n", low, opened)
    if end >= 0:
        return end + 1
    while low < opened and text[low] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a UTF-8 character
        low += 1
    return low
