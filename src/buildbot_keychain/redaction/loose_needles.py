"""Needles that are found through a liberty: where the reading of the text is that of the needle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .engine import compile_keys
from .loose import BLANKS, Reading, Squeezed, squeeze
from .needles import (
    SHOWN,
    Beginning,
    Beginnings,
    Needle,
    Span,
    alphanumeric_before,
    bounded,
    each,
    in_one_piece,
    is_solid,
    shown,
)
from .openings import Openings

__all__ = ["LooseNeedles"]


class _Targets(Beginnings):
    """The needles with one reading."""

    def __init__(self, reading: Reading, needles: Iterable[Needle]) -> None:
        super().__init__(needles)
        self.reading = reading
        self._inside = frozenset(b"".join(text[:-1] for text in self.texts))
        self.least = {byte: self._least_after(byte) for byte in BLANKS}
        """By white space at the end of a text: the shortest beginning that is held; 0 for none."""

    def _least_after(self, byte: int) -> int:
        last = self.reading(b"\n" + bytes((byte,)))[-1:]  # after a line end it may be indentation
        if last and last[0] not in self._inside:
            return 0
        # After a line end, what is shorter than the pieces that are shown cannot be held.
        solid = self._inside.isdisjoint(b" \t\v\f")
        short = self.reading.cuts and byte in b"\r\n" and solid and self.reading(b" ")
        return SHOWN if short else 1


class LooseNeedles:
    """An immutable set of needles that allow a liberty."""

    def __init__(self, needles: Iterable[Needle], tier: str) -> None:
        """Compile the needles for an engine tier."""
        by_key: dict[bytes, list[Needle]] = {}
        readings: dict[Reading, list[Needle]] = {}
        for needle in needles:
            by_key.setdefault(squeeze(needle.text), []).append(needle)
            readings.setdefault(needle.reading, []).append(needle)
        self._needles = list(by_key.values())
        self._keys = list(by_key)
        self._matcher = compile_keys(self._keys, tier)
        self._openings = Openings(by_key)
        self._targets = [_Targets(reading, found) for reading, found in readings.items()]
        leasts = {byte: [targets.least[byte] for targets in self._targets] for byte in BLANKS}
        self._least = {byte: min(filter(None, leasts[byte]), default=0) for byte in BLANKS}

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._keys)

    def suspect(self, view: Squeezed) -> bool:
        """Whether an occurrence may be in a text; it is not for sure."""
        return bool(self._keys and self._matcher.suspect(view.text))

    def find(self, view: Squeezed, *, final: bool, every: bool) -> list[Span]:
        """List the occurrences in a text as `Layer.find` does."""
        spans: list[Span | None] = []
        for start, end, key in self._matcher.find(view.text) if self._keys else ():
            text = self._keys[key]
            for needle in self._needles[key]:
                if end - start == len(text):
                    spans.append(_read(view, start, end, needle, final=final))
                else:
                    starts = [at for at, _ in each(view.text, start, end, text)]
                    single = every or needle.words
                    spans += _read_run(view, starts, text, needle, final=final, single=single)
        return [span for span in spans if span is not None]

    def opening(self, view: Squeezed, settled: int) -> int:
        """From which byte on the end of a text may be the beginning of an occurrence."""
        opened = len(view.data)
        if self._keys and self._may_begin(view):
            for targets in self._targets:
                for _, start, _ in self._beginnings_of(targets, view, settled):
                    opened = min(opened, start)
                    break
        return opened

    def beginnings(self, view: Squeezed, settled: int) -> Iterator[Beginning]:
        """Yield the beginnings of needles that the end of a text cuts off."""
        for targets in self._targets:
            yield from self._beginnings_of(targets, view, settled)

    def _may_begin(self, view: Squeezed) -> bool:
        least = self._least.get(view.data[-1], 1)
        starts = self._openings.starts(view.text, least=least) if least else iter(())
        return next(starts, None) is not None

    def _beginnings_of(
        self, targets: _Targets, view: Squeezed, settled: int
    ) -> Iterator[Beginning]:
        text, reading = view.data, targets.reading
        least = targets.least.get(text[-1], 1) if text else 0
        if not least:
            return
        for at in self._openings.starts(view.text, 0, least):
            origin = view.origin(at)
            if origin < settled and not reading.cuts:
                continue
            for needle in targets.of(reading(text[origin:])):
                if needle.words and alphanumeric_before(text, origin):
                    continue
                start = shown(text, origin, len(text)) if reading.cuts else origin
                if settled <= start < len(text):
                    yield origin, start, needle


def _read(view: Squeezed, start: int, end: int, needle: Needle, *, final: bool) -> Span | None:
    """The span of a candidate, places in the squeezed text, if it reads as the needle does."""
    text = view.data
    start, end = view.origin(start), view.origin(end - 1) + 1
    stretch = text[start:end]
    if stretch == needle.text:
        if is_solid(needle) and len(stretch) >= 4 * SHOWN and in_one_piece(stretch):
            return Span(start, end, needle.secret, words=False, settled=True)
    elif needle.reading(stretch) != needle.text:
        return None
    span = bounded(text, start, end, needle, final=final)
    masked = shown(text, start, end) if needle.reading.cuts else start
    if span is None or masked == start:
        return span
    return span._replace(start=masked, shown=masked - start) if masked < span.end else None


def _read_run(
    view: Squeezed,
    starts: list[int],
    key: bytes,
    needle: Needle,
    *,
    final: bool,
    single: bool,
) -> Iterator[Span]:
    """The spans of the candidates in a run of a repetitive key, which start at `starts`.

    Between two spans that overlap, the others cover nothing new. So the next one tried is the last
    that still overlaps, and only if that fails or leaves a hole each of them is; or if `single`.
    """
    size = len(key)
    stride = 1 if single else max(1, (size - 1) // (starts[1] - starts[0]))
    at = 0
    span = _read(view, starts[0], starts[0] + size, needle, final=final)
    while True:
        if span is not None:
            yield span
        if at + 1 == len(starts):
            return
        further = min(at + stride, len(starts) - 1)
        following = _read(view, starts[further], starts[further] + size, needle, final=final)
        hole = span is None or following is None or following.start >= span.end
        if hole and further > at + 1:
            further = at + 1
            following = _read(view, starts[further], starts[further] + size, needle, final=final)
        at, span = further, following
