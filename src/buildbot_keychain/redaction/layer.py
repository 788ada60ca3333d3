"""The compiled form of a set of needles.

A `Layer` is immutable. It answers the questions of redaction about a text:

- `find`: which stretches are an occurrence of a needle?
- `opening`: from where on could the end of the text be the beginning of an occurrence?
- `endings`: what must be masked of such beginnings when nothing follows?

The bytes of the text before `settled` were released earlier and serve as context only.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator

from .engine import TIERS, compile_keys
from .loose import Reading, Squeezed, squeeze
from .needles import SHOWN, Needle, Span, alphanumeric_before, bounded, in_one_piece, shown
from .openings import Openings

__all__ = ["END_LENGTH", "Layer"]

END_LENGTH = 8
"""Characters from which the beginning of a needle at the very end of a text is masked."""

_Beginning = tuple[int, int, Needle]
"""Where the end of a text begins a needle, where what is to be masked of it begins, the needle."""


class _Targets:
    """The sorted texts of the needles with one reading."""

    def __init__(self, reading: Reading, needles: Iterable[Needle]) -> None:
        self.needles: dict[bytes, list[Needle]] = {}
        for needle in needles:
            self.needles.setdefault(needle.text, []).append(needle)
        self.texts = sorted(self.needles)
        self._inside = frozenset(b"".join(text[:-1] for text in self.texts))
        self.least = {byte: self._least(reading, byte) for byte in b" \t\n\r\v\f"}
        """By white space at the end of a text: the shortest beginning that is held; 0 for none."""

    def _least(self, reading: Reading, byte: int) -> int:
        last = reading(b"\n" + bytes((byte,)))[-1:]  # after a line end it may be indentation
        if last and last[0] not in self._inside:
            return 0
        # After a line end, what is shorter than the pieces that are shown cannot be held.
        solid = self._inside.isdisjoint(b" \t\v\f")
        return SHOWN if reading.cuts and byte in b"\r\n" and solid and reading(b" ") else 1

    def beginning(self, text: bytes) -> Iterator[Needle]:
        """Yield the needles of which the text is a beginning, though not the whole."""
        at = bisect.bisect_right(self.texts, text)
        while at < len(self.texts) and self.texts[at].startswith(text):
            yield from self.needles[self.texts[at]]
            at += 1


class Layer:
    """An immutable set of needles, ready to be looked for."""

    def __init__(self, needles: Iterable[Needle], tier: str = TIERS[0]) -> None:
        """Compile the needles for an engine tier."""
        self.needles = tuple(dict.fromkeys(needles))
        exact: dict[bytes, list[Needle]] = {}
        loose: dict[bytes, list[Needle]] = {}
        readings: dict[Reading, list[Needle]] = {}
        for needle in self.needles:
            readings.setdefault(needle.reading, []).append(needle)
            if needle.reading is Reading.EXACT:
                exact.setdefault(needle.text, []).append(needle)
            else:
                loose.setdefault(squeeze(needle.text), []).append(needle)
        self._exact = list(exact.values())
        self._loose = list(loose.values())
        self._loose_keys = list(loose)
        self._solid = [all(map(_is_solid, needles)) for needles in self._exact]
        # The size and the secret of those that need no judgement, which are nearly all.
        self._owners = [
            (len(needles[0].text), needles[0].secret) if solid and len(needles) == 1 else None
            for needles, solid in zip(self._exact, self._solid, strict=True)
        ]
        self._exact_matcher = compile_keys(list(exact), tier, self._solid)
        self._loose_matcher = compile_keys(list(loose), tier)
        self._exact_openings = Openings(exact)
        self._loose_openings = Openings(loose)
        self._exact_targets = _Targets(Reading.EXACT, readings.pop(Reading.EXACT, ()))
        self._loose_targets = [
            (reading, _Targets(reading, found)) for reading, found in readings.items()
        ]
        self._before = frozenset(byte for needle in self.needles for byte in needle.before)
        self._words = any(needle.words for needles in self._exact for needle in needles)

    @property
    def memory(self) -> int:
        """How many bytes the texts of the needles take."""
        return sum(len(needle.text) for needle in self.needles)

    @property
    def longest(self) -> int:
        """The size of the longest needle in bytes."""
        return max((len(needle.text) for needle in self.needles), default=0)

    @property
    def suspect_lines(self) -> Callable[[bytes], object] | None:
        """A look at whole lines: it gives something false if they can pass as they are, for sure.

        None if more than one look is needed.
        """
        more = self._loose or not self._exact_openings.none(b"\n") or b"\n"[0] in self._before
        return None if more else self._exact_matcher.suspect

    @property
    def look(self) -> Callable[[str], object] | None:
        """What `suspect_lines` does, for a text (str), if that is quicker."""
        return self._exact_matcher.look if self.suspect_lines else None

    def suspect(self, view: Squeezed) -> bool:
        """Whether an occurrence may be in a text; it is not for sure."""
        if self._exact_matcher.suspect(view.data):
            return True
        return bool(self._loose and self._loose_matcher.suspect(view.text))

    @property
    def solid(self) -> bool:
        """Whether each occurrence of each needle takes the very text of it."""
        return not self._loose and all(self._solid)

    def find(
        self,
        view: Squeezed,
        *,
        final: bool,
        every: bool = False,
        patient: bool = True,
    ) -> list[Span]:
        """List the occurrences in a text, at the end of which nothing follows if `final`.

        Unless `every` one is wanted, occurrences of one needle that overlap may be given as the
        first and one for all others, and those in another one be left out. Unless it is `patient`
        it may raise `Thick`.
        """
        spans: list[Span | None] = []
        text = view.data
        owners = self._owners
        for start, end, key in self._exact_matcher.find(text, every=every, patient=patient):
            owner = owners[key]
            if owner is not None and end - start == owner[0]:
                spans.append(Span(start, end, owner[1], False, True))  # noqa: FBT003
                continue
            for needle in self._exact[key]:
                size = len(needle.text)
                if end - start == size:
                    spans.append(bounded(text, start, end, needle, final=final))
                elif needle.words or every:
                    for first, last in _each(text, start, end, needle.text):
                        spans.append(bounded(text, first, last, needle, final=final))
                else:
                    spans.append(bounded(text, start, start + size, needle, final=final))
                    rest = bounded(text, end - size, end, needle, final=final)
                    spans.append(rest and rest._replace(start=start + 1))
        for start, end, key in self._loose_matcher.find(view.text) if self._loose else ():
            text_of_key = self._loose_keys[key]
            for needle in self._loose[key]:
                if end - start == len(text_of_key):
                    spans.append(_read(view, start, end, needle, final=final))
                else:
                    starts = [at for at, _ in _each(view.text, start, end, text_of_key)]
                    single = every or needle.words
                    spans += _read_run(
                        view,
                        starts,
                        text_of_key,
                        needle,
                        final=final,
                        single=single,
                    )
        return [span for span in spans if span is not None]

    def opening(self, view: Squeezed, settled: int) -> int:
        """From which byte on the end of the text may be the beginning of an occurrence.

        Returns the length of the text if nothing is open. Nothing before `settled` counts.
        """
        text = view.data
        size = len(text)
        if size == settled:
            return size
        opened = size - (text[-1] in self._before)
        if not self._exact_openings.none(text):
            found = (
                next((at for at, _, _ in self._exact_beginnings(text, settled)), size)
                if self._words
                else self._exact_openings.first(text, settled)
            )
            if found < size:
                opened = found - (found > settled and text[found - 1] in self._before)
        if not self._loose_may_begin(view):
            return opened
        for reading, targets in self._loose_targets:
            for _, start, _ in self._read_beginnings(reading, targets, view, settled):
                beside = start > settled and text[start - 1] in self._before
                opened = min(opened, start - beside)
                break
        return opened

    def _loose_may_begin(self, view: Squeezed) -> bool:
        """Whether the end of a text may be the beginning of a needle with a liberty."""
        lasts = [targets.least.get(view.data[-1], 1) for _, targets in self._loose_targets]
        least = min(filter(None, lasts), default=0)
        starts = self._loose_openings.starts(view.text, least=least) if least else iter(())
        return next(starts, None) is not None

    def endings(self, view: Squeezed, settled: int) -> Iterator[Span]:
        """Yield what must be masked at the very end of a text: the greater part of a needle."""
        text = view.data
        for reading, targets in ((Reading.EXACT, self._exact_targets), *self._loose_targets):
            found = (
                self._exact_beginnings(text, settled, END_LENGTH)
                if reading is Reading.EXACT
                else self._read_beginnings(reading, targets, view, settled)
            )
            for origin, start, needle in found:
                passed = _characters(reading(text[origin:]))
                if passed >= END_LENGTH and 2 * passed >= _characters(needle.text):
                    beside = start > settled and text[start - 1] in needle.before
                    yield Span(start - beside, len(text), needle.secret, needle.words, settled=True)

    def _exact_beginnings(self, text: bytes, settled: int, least: int = 1) -> Iterator[_Beginning]:
        for at in self._exact_openings.starts(text, settled, least):
            for needle in self._exact_targets.beginning(text[at:]):
                if not (needle.words and alphanumeric_before(text, at)):
                    yield at, at, needle

    def _read_beginnings(
        self,
        reading: Reading,
        targets: _Targets,
        view: Squeezed,
        settled: int,
    ) -> Iterator[_Beginning]:
        text = view.data
        cuts = reading.cuts
        least = targets.least.get(text[-1], 1) if text else 0
        if not least:
            return
        for at in self._loose_openings.starts(view.text, 0, least):
            origin = view.origin(at)
            if origin < settled and not cuts:
                continue
            for needle in targets.beginning(reading(text[origin:])):
                if needle.words and alphanumeric_before(text, origin):
                    continue
                start = shown(text, origin, len(text)) if cuts else origin
                if settled <= start < len(text):
                    yield origin, start, needle


def _is_solid(needle: Needle) -> bool:
    """Whether an occurrence takes the very text of the needle, whatever stands beside it."""
    return not (needle.words or needle.before or needle.after)


def _each(text: bytes, start: int, end: int, key: bytes) -> Iterator[tuple[int, int]]:
    """Every occurrence of a key in a stretch that the engine may have given for several."""
    while start >= 0:
        yield start, start + len(key)
        start = text.find(key, start + 1, end)


def _read(view: Squeezed, start: int, end: int, needle: Needle, *, final: bool) -> Span | None:
    """The span of a candidate, places in the squeezed text, if it reads as the needle does."""
    text = view.data
    start, end = view.origin(start), view.origin(end - 1) + 1
    stretch = text[start:end]
    if stretch == needle.text:
        if _is_solid(needle) and len(stretch) >= 4 * SHOWN and in_one_piece(stretch):
            return Span(start, end, needle.secret, words=False, settled=True)
    elif needle.reading(stretch) != needle.text:
        return None
    span = bounded(text, start, end, needle, final=final)
    masked = shown(text, start, end) if needle.reading.cuts else start
    if span is None or masked == start:
        return span
    return span._replace(start=masked) if masked < span.end else None


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


def _characters(text: bytes) -> int:
    """The number of UTF-8 characters."""
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
