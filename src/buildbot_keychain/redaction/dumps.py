"""Secrets in dumps: the bytes of several lines make a text of its own, in which they are found.

A dump begins with a line whose offset is zero, goes on with lines whose offsets go on, and ends
before any other line. Of what is found in its bytes, digits and characters of both columns are
covered. A stream sends its text through here before anything else, so what was covered here is a
label there.

This is for whole values that were given to the audience. Beside a short one are the true bytes,
also where those of another secret are covered. Lines wait as long as the bytes in them may begin an
occurrence.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from buildbot_keychain.secretive import secretive

from .matching.dump_lines import (
    BEGINNING,
    UNFINISHED_BEGINNING,
    DumpLine,
    dump_line,
    marked_lines,
    may_be_dump_line,
    repeated_lines,
)
from .matching.dump_offsets import goes_on
from .matching.normalisation import fold
from .matching.pattern import Span
from .matching.view import FoldedText
from .output.writer import Run, Writer, unite
from .patience import Patience

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["Dumps"]

CONTEXT = 96
"""Bytes of a dump that are looked at again when more lines come.

At least those of a short value, and what says whether an escape sequence ends before it.
"""


@secretive
class _Lines(NamedTuple):
    """Lines of a dump."""

    lines: Sequence[tuple[int, DumpLine]]
    """Each with its place in the text."""
    end: int
    """Where the last one ends."""
    over: bool
    """Whether the dump is over there."""
    another: bool = False
    """Whether another one begins there."""


class _Reach(NamedTuple):
    """How far an occurrence reaches over the end of lines."""

    words: int
    more: int
    """So many bytes."""
    secret: int


@secretive
class Dumps:
    """The dumps in one text, which comes in pieces."""

    def __init__(self) -> None:
        """Begin a text."""
        self._pending = b""
        self._at_line_start = True
        # The offset of the last line that was released, if the dump may go on there.
        self._inside = b""
        self._context = b""
        self._carried: Sequence[_Reach] = ()
        self._patience = Patience()
        # That of the last line that has come as expected.
        self._offset = b""
        self.covered: list[Run] = []
        """What was covered by the last `feed`: places in what was pending, and the data behind."""
        self.begun: list[tuple[int, int]] = []
        """The occurrences that begin in what the last `feed` has returned: line and secret.

        Lines count from 0. It is up to date if that was not the data itself.
        """

    @property
    def idle(self) -> bool:
        """Whether what comes next is at the start of a line, and no line waits or goes on."""
        return self._at_line_start and not (self._pending or self._inside)

    @property
    def state(self) -> tuple[object, ...]:
        """All on which depends what is done with the next piece."""
        return (
            self._pending,
            self._at_line_start,
            self._inside,
            self._context,
            self._carried,
            self._offset,
            self._patience.state,
        )

    @state.setter
    def state(self, state: Sequence[Any]) -> None:
        (
            self._pending,
            self._at_line_start,
            self._inside,
            self._context,
            self._carried,
            self._offset,
            self._patience.state,
        ) = state

    def expect_nothing(self) -> None:
        """Look at whatever comes next: other secrets are known."""
        self._patience.expect_nothing()

    @property
    def goes_on(self) -> bool:
        """Whether what comes next may go on with a dump, or with what waits."""
        return bool(self._pending or self._inside)

    @property
    def held(self) -> int:
        """How many bytes wait."""
        return len(self._pending)

    @property
    def holds_lines(self) -> bool:
        """Whether whole lines wait."""
        return b"\n" in self._pending

    @property
    def held_lines(self) -> int:
        """How many line ends wait."""
        return self._pending.count(b"\n")

    def feed(self, data: bytes, snapshot: Snapshot, *, marked: bool, final: bool = False) -> bytes:
        """Take in data (bytes), and return what can be released, with dumps covered.

        :param marked: whether one of the marks of dumps may be in the data.
        :param final: whether it ends the text.
        """
        begun = self.goes_on or (
            snapshot.layers and (marked or final or self._unfinished(data) >= 0)
        )
        if not begun:
            if data:
                self._at_line_start = data.endswith(b"\n")
            return data
        text = self._pending + data
        self.begun = []
        if not final and self._patience.lasts(self._shown(data), len(data)):
            self._pending = text
            return b""
        self.covered = []
        self._patience.end()
        released = self._look(text, snapshot, final=final)
        line = at = 0
        for number, (place, secret) in enumerate(self.begun):
            line, at = line + text.count(b"\n", at, place), place
            self.begun[number] = line, secret
        self._pending = text[released:]
        self._patience.wait(len(self._pending))
        runs = unite(self.covered)
        if not runs:
            return data if released == len(data) == len(text) else text[:released]
        return Writer().write(text, 0, released, runs, snapshot.labels)

    def _shown(self, data: bytes) -> bytes | None:
        """Return what data (bytes) shows, folded, if it is lines that go on with what waits."""
        if not (self._patience.expected and data.endswith(b"\n")):
            return None
        shown = []
        for line in data[:-1].split(b"\n"):
            read = dump_line(line)
            if read is None or not goes_on(self._offset, read.offset):
                return None
            shown.append(read.data)
            self._offset = read.offset
        return fold(b"".join(shown))

    def _look(self, text: bytes, snapshot: Snapshot, *, final: bool) -> int:
        """Find what is to be covered, and return where the lines begin that must wait."""
        at = 0
        while True:
            start = at if self._inside else self._next(text, at)
            if start < 0:
                break
            dump = self._lines(text, start, final=final)
            at = self._cover(dump, snapshot, final=final and dump.end == len(text))
            if not dump.over:
                done = [line for place, line in dump.lines if place < at]
                self._inside = done[-1].offset if done else self._inside
                self._at_line_start = True
                if dump.end < len(text):
                    self._patience.expect_nothing()
                return at
            self._inside, self._context, self._carried = b"", b"", ()
            if dump.another:
                continue
            # Behind it is a line that is none of the dump's.
            at = text.find(b"\n", at) + 1
            if not at or at == len(text):
                break
        if text:
            self._at_line_start = text.endswith(b"\n")
        return len(text)

    def _next(self, text: bytes, at: int) -> int:
        """Return where, from the start of a line on, a dump may begin; -1 for nowhere."""
        for start in marked_lines(text, at):
            if (start or self._at_line_start) and BEGINNING.match(text, start):
                return start
        return self._unfinished(text, at)

    def _unfinished(self, text: bytes, at: int = 0) -> int:
        """Return where the last line begins, if it may become a dump's first; -1 if not."""
        start = max(at, text.rfind(b"\n", at) + 1)
        begins = (start or self._at_line_start) and UNFINISHED_BEGINNING.match(text, start)
        return start if begins else -1

    def _lines(self, text: bytes, start: int, *, final: bool) -> _Lines:
        lines: list[tuple[int, DumpLine]] = []
        at, before = start, self._inside
        while at < len(text):
            end = text.find(b"\n", at)
            if end < 0 and not final:
                may_go_on = may_be_dump_line(text[at:])
                return _Lines(lines, at, not may_go_on)
            line = text[at:end] if end >= 0 else text[at:]
            shown = dump_line(line)
            repeated = repeated_lines(line, before) if before and shown is None else None
            shown = shown or repeated
            if shown is None:
                return _Lines(lines, at, over=True)
            if not repeated and not (goes_on(before, shown.offset) if before else shown.first):
                return _Lines(lines, at, over=True, another=bool(before) and shown.first)
            lines.append((at, shown))
            before = shown.offset
            at = end + 1 if end >= 0 else len(text)
        return _Lines(lines, at, final)

    def _cover(self, dump: _Lines, snapshot: Snapshot, *, final: bool) -> int:
        """Cover what is found in lines, and return where those begin that must wait."""
        text = FoldedText(b"".join((self._context, *(line.data for _, line in dump.lines))))
        if dump.over and not (final or self._carried or snapshot.may_show(text.data, text.folded)):
            return dump.end
        released, size = len(self._context), len(text.data)
        sizes = (len(line.data) for _, line in dump.lines)
        starts = list(itertools.accumulate(sizes, initial=released))
        snapshot.scan(text)
        spans = list(_found(text, snapshot, released, over=dump.over, final=final))
        for reach in self._carried:
            end = min(size, released + reach.more)
            spans.append(Span(released, end, reach.secret, reach.words, final=True))
        spans = [span for span in spans if span.end > released]
        opened = size
        if not dump.over:
            opening = snapshot.opening(text, released)
            changeable = (span.start for span in spans if not span.final)
            opened = min([size, opening.start, *changeable])
            if opening.expected and dump.lines:
                self._offset = dump.lines[-1][1].offset
                self._patience.expect(opening.expected, len(fold(text.data[opening.start :])))
        kept = len(dump.lines)
        if opened < size:
            kept = max(0, bisect.bisect_right(starts, opened) - 1)
        if spans:
            self._list_begun(dump.lines[:kept], starts, spans, released)
        for span in spans:
            first = max(0, bisect.bisect_right(starts, span.start) - 1)
            for number in range(first, kept):
                if starts[number] >= span.end:
                    break
                self._cover_in_line(dump.lines[number], starts[number], span)
        bound = starts[kept]
        self._carried = _reaching_over(spans, bound, self._carried, bound - released)
        self._context = text.data[:bound][-CONTEXT:]
        return dump.lines[kept][0] if kept < len(dump.lines) else dump.end

    def _list_begun(
        self,
        lines: Sequence[tuple[int, DumpLine]],
        starts: Sequence[int],
        spans: Iterable[Span],
        released: int,
    ) -> None:
        """Note the occurrences that begin in lines, for now with the places of the lines."""
        for start, _, secret in unite((span.start, span.end, span.secret) for span in spans):
            number = bisect.bisect_right(starts, start) - 1
            # What goes on from the lines before begins at `released` or before it.
            goes_on = start < released or (start == released and self._carried)
            if number < len(lines) and not goes_on:
                self.begun.append((lines[number][0], secret))

    def _cover_in_line(self, place_and_line: tuple[int, DumpLine], start: int, span: Span) -> None:
        place, line = place_and_line
        first, last = max(0, span.start - start), min(len(line.data), span.end - start)
        if first < last:
            self.covered += [
                (place + begin, place + end, span.secret)
                for begin, end in line.covered(first, last, whole=not span.words)
            ]


def _found(
    text: FoldedText, snapshot: Snapshot, released: int, *, over: bool, final: bool
) -> Iterator[Span]:
    for layer in snapshot.layers:
        yield from layer.find(text, final=over)
        if final:
            yield from layer.endings(text, released, lambda span: not span.words)


def _reaching_over(
    spans: Iterable[Span], bound: int, carried: Iterable[_Reach], passed: int
) -> tuple[_Reach, ...]:
    """Return how far the longest occurrences of short values and of others reach over a place."""
    over = [
        *(
            _Reach(each.words, each.end - bound, each.secret)
            for each in spans
            if each.start < bound
        ),
        *(reach._replace(more=reach.more - passed) for reach in carried),
    ]
    over.sort(key=lambda reach: (reach.more, -reach.secret))
    return tuple({reach.words: reach for reach in over if reach.more > 0}.values())
