"""The end of a text that has been taken in and not released, and what becomes of it as more comes.

1. It is looked at along with the new piece, and a little of what was released before as context; if
   there are control sequences in it, without them as well.
2. From where on the end of the text may still become an occurrence, that stays pending.
3. Occurrences in the text are found. One that more text could change (a short value at the end may
   turn out to be part of a word) stays pending as well.
4. Everything before that is released, the occurrences that begin there covered by labels. If one of
   them reaches into what is pending, that much of it is covered already.

At the end nothing is pending: the beginning of a pattern that makes up the greater part of it is
masked, everything else is released.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from buildbot_keychain.secretive import secretive

from .dumps import Dumps
from .matching.dump_lines import is_marked
from .matching.escapes import without_sequences
from .matching.layer import Opening
from .matching.normalisation import fold
from .matching.pattern import Span
from .matching.view import ScannedLines, View, covers, views_of
from .output.writer import Writer, unite
from .patience import Patience
from .snapshot import Snapshot

__all__ = ["LINE", "TAIL", "Pending"]

LINE = 8192
"""A host's lines are not longer, in bytes; of a longer one only so much waits."""

TAIL = 12
"""Bytes of folded context: as much as is shown of a pattern that the host has cut."""

_EARLIER = -(1 << 62)
"""A place before everything that can be looked at."""

_own_state = attrgetter(
    "text", "context", "tail", "stripped", "idle", "_clean", "_covered", "_owner"
)


@secretive
class Pending:
    """What is pending of one text."""

    def __init__(self) -> None:
        """Begin a text."""
        self.text = b""
        self.context = self.tail = b""
        """The end of what was released, and of its folded form."""
        self.stripped: tuple[bytes, bytes] | None = None
        """The same without control sequences, where that is something else."""
        self.patience = Patience()
        """What may come before it is looked at."""
        self.dumps = Dumps()
        self.idle = True
        """Whether nothing is pending or covered, and no dump waits or goes on."""
        self.told: list[tuple[int, int]] = []
        """What was covered last: the secrets, and on which lines of what was released then.

        Labels of which the end of the text is pending may stand on later ones.
        """
        self.snapshot: Snapshot | None = None
        """Under which it was looked at last."""
        self._size = 0  # of the context that is kept
        self._clean = True
        self._covered = self._owner = 0
        self._writer = Writer()

    @property
    def held(self) -> int:
        """How many bytes are pending."""
        return self.dumps.held + len(self.text)

    @property
    def held_lines(self) -> int:
        """How many line ends are among these."""
        return self.dumps.held_lines + self.text.count(b"\n")

    @property
    def holds_lines(self) -> bool:
        """Whether whole lines are pending, which what comes next may release."""
        return b"\n" in self.text or self.dumps.holds_lines

    @property
    def state(self) -> tuple[Any, ...]:
        """All on which depends what is done with the next piece."""
        parts = self.patience.state, self._writer.state, self.dumps.state
        return (*_own_state(self), *parts)

    @state.setter
    def state(self, state: tuple[Any, ...]) -> None:
        (
            self.text,
            self.context,
            self.tail,
            self.stripped,
            self.idle,
            self._clean,
            self._covered,
            self._owner,
            self.patience.state,
            self._writer.state,
            self.dumps.state,
        ) = state

    def know(self, snapshot: Snapshot) -> None:
        """Look at what comes next under a snapshot."""
        if snapshot is not self.snapshot:
            self.snapshot, self._size = snapshot, snapshot.context
            self.dumps.expect_nothing()

    def passes_stripped(self, data: bytes, snapshot: Snapshot) -> bool:
        """Release whole lines in which, or before which, there are control sequences, if they pass.

        Nothing else is pending.
        """
        size = snapshot.context
        context, tail = self.stripped or (self.context, self.tail)
        seen = without_sequences(data)
        folded, folded_seen = self.tail + fold(data), tail + fold(seen)
        # Both are looked at together; between them is what folding leaves out.
        if snapshot.hits(data + seen, b"%s\n%s" % (folded, folded_seen)) is not None:
            return False
        ends_alike = folded[-TAIL:] == folded_seen[-TAIL:]
        if not (ends_alike or snapshot.hits(data, folded[-TAIL:]) is None):
            return False
        self.context, seen_context = (
            (self.context + data[-size:])[-size:],
            (context + seen[-size:])[-size:],
        )
        self.tail = folded[-TAIL:]
        alike = seen_context == self.context
        self.stripped = None if alike else (seen_context, folded_seen[-TAIL:])
        return True

    def take_in(
        self,
        data: bytes,
        snapshot: Snapshot,
        scanned: ScannedLines | None = None,
        *,
        final: bool = False,
    ) -> bytes:
        """Take in data (bytes) behind what is pending, and return what can be released.

        :param scanned: what is known of data that is whole lines, with nothing pending.
        """
        self.know(snapshot)
        self.told = []
        views: list[View] = []
        marked = False
        if not self.dumps.goes_on:
            views = self._views(snapshot, data, scanned)
            view, nothing_covered = views[0], not self._covered and self._writer.idle
            whole_lines = nothing_covered and self.dumps.idle and data.endswith(b"\n")
            if whole_lines and len(views) == 1 and snapshot.passes_text(view.text, view.released):
                released = data if self.idle else view.text.data[view.released :]
                self.patience.end()
                self._settle(views, len(view.text.data))
                return released
            marked = snapshot.is_marked(views[-1].text) and is_marked(data)
        shown = self.dumps.feed(data, snapshot, marked=marked, final=final)
        if shown is not data:
            before = self.text.count(b"\n")
            self.told += ((secret, before + line) for line, secret in self.dumps.begun)
            if not (shown or self.text or final):
                self.idle = self._clean and self.dumps.idle
                return b""
        if shown is not data or not views:
            views = self._views(snapshot, shown)
        return self._look_in(views, shown, snapshot)

    def end(self, data: bytes, snapshot: Snapshot) -> bytes:
        """Take in the last data (bytes), and return all that is left."""
        self.told = []
        released = b""
        if data or not self.dumps.idle:
            released = self.take_in(data, snapshot, final=True)
        views = self._views(snapshot, b"")
        spans = [snapshot.find_at_end(view.text, view.released) for view in views]
        size, line = len(views[-1].text.data), released.count(b"\n")
        released += self._release(views, _behind(views, spans), size, snapshot, line)
        self.idle = self._clean = False
        return released

    def _look_in(self, views: Sequence[View], data: bytes, snapshot: Snapshot) -> bytes:
        """Release what can be of what is looked at, to which data (bytes) has come."""
        text, before = views[-1].text.data, views[-1].released
        openings = [snapshot.opening(view.text, view.released) for view in views]
        opened = min(
            view.place(opening.start) for view, opening in zip(views, openings, strict=True)
        )
        self.patience.end()
        if opened < len(text):
            self._wait(views, openings[-1], opened)
        if snapshot.by_line:
            opened = min(opened, views[0].outside(_line_start(text, before, len(text))))
        if opened == before < len(text):
            self.text = text[before:]
            self.idle = self._clean = False
            return b""
        until = None
        if len(views) == 1:
            # Of one that begins at `opened`, the byte before it may be masked.
            until = len(views[0].text.folded) - len(fold(text[opened:])) + 1
        spans = _behind(
            views, [snapshot.find(view.text, until, released=view.released) for view in views]
        )
        if self._clean and opened == len(text) and not any(spans):
            self._settle(views, opened)
            return data
        opened = min(opened, *map(_changeable, views, spans))
        opened = views[0].outside(opened)
        if snapshot.whole_lines and opened < len(text):
            opened = views[0].outside(_line_start(text, before, opened))
        return self._release(views, spans, opened, snapshot)

    def _wait(self, views: Sequence[View], opening: Opening, opened: int) -> None:
        """Have patience with what is open.

        :param opening: what is open in the text itself.
        :param opened: where something is, with or without control sequences.
        """
        text = views[-1].text
        if opening.expected and len(views) == 1:
            self.patience.expect(opening.expected, len(fold(text.data[opening.start :])))
        self.patience.wait(len(text.data) - opened)

    def _views(
        self, snapshot: Snapshot, data: bytes, scanned: ScannedLines | None = None
    ) -> list[View]:
        text, released = b"".join((self.context, self.text, data)), len(self.context)
        if scanned is not None:
            views = [View(scanned.text(text, released), released)]
        else:
            views = views_of(
                text,
                released,
                stripped_context=self.stripped[0] if self.stripped else None,
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
        line: int = 0,
    ) -> bytes:
        """Release what stands before `opened`, with what was found in each view covered.

        :param line: of what is released, the first one.
        """
        text, before = views[-1].text.data, views[-1].released
        found = [cover for cover in covers(views, spans) if cover[0] < opened]
        if snapshot.unknown is not None:
            found = snapshot.unknown.runs(found, opened)
        if self._covered:
            start, end = views[0].around(_EARLIER, before + self._covered)
            found.append((start, end, self._owner))
        runs = unite(found) if found else found
        at = before
        for start, _, secret in runs:
            if before <= start < opened:
                line, at = line + text.count(b"\n", at, start), start
                self.told.append((secret, line))
        released = b""
        if opened > before:
            released = self._writer.write(text, before, opened, runs, snapshot.labels)
        self._covered = 0
        for start, end, secret in runs:
            if start < opened < end:
                self._covered, self._owner = end - opened, secret
        self._settle(views, opened)
        return released

    def _settle(self, views: Sequence[View], opened: int) -> None:
        """Keep what stands from `opened` on."""
        text, size = views[-1].text.data, self._size
        self.text = text[opened:]
        self.context = views[-1].context(opened, size)
        self.tail, self.stripped = fold(self.context)[-TAIL:], None
        stripped = views[0].context(opened, size)
        if stripped != self.context:
            self.stripped = stripped, fold(stripped)[-TAIL:]
        self._clean = not self.text and not self._covered and self._writer.idle
        self.idle = self._clean and self.dumps.idle


def _behind(views: Sequence[View], spans: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """Return of the spans in each view those that reach behind what was released."""
    return [
        [span for span in found if span.end > view.released]
        for view, found in zip(views, spans, strict=True)
    ]


def _changeable(view: View, spans: Sequence[Span]) -> int:
    """Return the place of the first of these that more text could change, or the text's end."""
    starts = [span.start for span in spans if not span.final]
    return view.place(max(min(starts), view.released) if starts else len(view.text.data))


def _line_start(text: bytes, released: int, opened: int) -> int:
    """Return the start of the line on which `opened` stands, for a host that stores whole lines."""
    low = max(released, opened - LINE)
    end = text.rfind(b"\n", low, opened)
    if end >= 0:
        return end + 1
    while low < opened and text[low] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a UTF-8 character
        low += 1
    return low
