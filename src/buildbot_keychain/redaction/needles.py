"""The compiled form of a set of secrets: what to look for, where it was found, what may follow.

A `Layer` is immutable. It answers the two questions of redaction about a text:

- `find`: which stretches are an occurrence of a needle?
- `opening`: from where on could the end of the text be the beginning of an occurrence?

Positions are bytes. The text is what a reader sees: escape sequences have been taken out before, and
up to `settled` bytes at the front were released earlier and serve as context only.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .engine import TIERS, compile_keys
from .loose import Reading, Squeezed, squeeze

__all__ = ["END_LENGTH", "Layer", "Needle", "Span"]

END_LENGTH = 8
"""Characters from which the beginning of a needle at the very end of a text is masked."""

SHOWN = 4
"""A needle cut by the host is shown until this many characters of it have passed."""

HEAD = 4
LINE_KEY = 8
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]?={0,2}")
_PIECE = re.compile(rb"[^\n\r\b]+")


@dataclass(frozen=True)
class Needle:
    """One thing to look for."""

    secret: int
    """The index of the secret it stands for."""

    text: bytes
    """What is looked for: the text as read by `reading`."""

    reading: Reading = Reading.EXACT
    words: bool = False
    """Whether a letter or digit beside an occurrence means that it is none."""

    before: bytes = b""
    """Characters of which one, directly before an occurrence, belongs to it."""

    after: bool = False
    """Whether a base64 character and padding directly after an occurrence belong to it."""


class Span(NamedTuple):
    """An occurrence: the bytes from start to end, of a secret."""

    start: int
    end: int
    secret: int
    words: bool
    """Whether a letter or digit beside it would undo it."""

    settled: bool
    """Whether more text cannot change it."""


_Beginning = tuple[int, int, Needle]
"""Where the end of a text begins a needle, where what is to be masked of it begins, the needle."""


class _Targets:
    """The sorted texts of the needles with one reading."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        table: dict[bytes, list[Needle]] = {}
        for needle in needles:
            table.setdefault(needle.text, []).append(needle)
        self.needles = table
        self.texts = sorted(table)

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
        for needle in self.needles:
            if needle.reading is Reading.EXACT:
                exact.setdefault(needle.text, []).append(needle)
            else:
                loose.setdefault(squeeze(needle.text), []).append(needle)
        self._exact = list(exact.values())
        self._find_exact = compile_keys(list(exact), tier).find
        self._loose = list(loose.values())
        self._find_loose = compile_keys(list(loose), tier).find
        self._targets = {
            reading: _Targets(needle for needle in self.needles if needle.reading is reading)
            for reading in {needle.reading for needle in self.needles}
        }
        self._exact_heads = _heads(exact)
        self._loose_heads = _heads(loose)
        self._exact_longest = max(map(len, exact), default=0)
        self._loose_longest = max(map(len, loose), default=0)
        self._before = frozenset(byte for needle in self.needles for byte in needle.before)
        # What ends in a line end can only be the beginning of a needle that has one inside.
        self._line_keys = {
            text[max(0, match.end() - LINE_KEY) : match.end()]
            for text in exact
            for match in re.finditer(rb"\n", text[:-1])
        }

    @property
    def memory(self) -> int:
        """How many bytes the texts of the needles take."""
        return sum(len(needle.text) for needle in self.needles)

    def find(self, text: bytes, *, final: bool) -> list[Span]:
        """List the occurrences in a text, at the end of which nothing follows if `final`."""
        spans = []
        for start, end, key in self._find_exact(text):
            for needle in self._exact[key]:
                span = _bounded(text, start, end, needle, final=final)
                if span is not None:
                    spans.append(span)
        if self._loose:
            spans.extend(self._find_read(text, final=final))
        return spans

    def _find_read(self, text: bytes, *, final: bool) -> Iterator[Span]:
        view = Squeezed(text)
        for first, last, key in self._find_loose(view.text):
            start, end = view.origin(first), view.origin(last - 1) + 1
            for needle in self._loose[key]:
                if needle.reading(text[start:end]) != needle.text:
                    continue
                span = _bounded(text, start, end, needle, final=final)
                if span is None:
                    continue
                shown = _shown(text, start, end) if needle.reading.cuts else start
                yield span._replace(start=shown) if shown > start else span

    def opening(self, text: bytes, settled: int) -> int:
        """From which byte on the end of the text may be the beginning of an occurrence.

        Returns the length of the text if nothing is open. Nothing before `settled` counts.
        """
        size = len(text)
        opened = size
        for at, _, _ in self._exact_beginnings(text, settled):
            opened = at - 1 if at > settled and text[at - 1] in self._before else at
            break
        else:
            if self._before and size > settled and text[-1] in self._before:
                opened = size - 1
        for reading in self._targets:
            if reading is not Reading.EXACT:
                for _, start, _ in self._read_beginnings(reading, text, settled):
                    beside = start > settled and text[start - 1] in self._before
                    opened = min(opened, start - beside)
                    break
        return opened

    def endings(self, text: bytes, settled: int) -> Iterator[Span]:
        """Yield what must be masked at the very end of a text: the greater part of a needle."""
        for reading in self._targets:
            found = (
                self._exact_beginnings(text, settled)
                if reading is Reading.EXACT
                else self._read_beginnings(reading, text, settled)
            )
            for origin, start, needle in found:
                passed = _characters(reading(text[origin:]))
                if passed >= END_LENGTH and 2 * passed >= _characters(needle.text):
                    if needle.before and start > settled and text[start - 1] in needle.before:
                        start -= 1
                    yield Span(start, len(text), needle.secret, needle.words, settled=True)

    def _exact_beginnings(self, text: bytes, settled: int) -> Iterator[_Beginning]:
        targets = self._targets.get(Reading.EXACT)
        if targets is None:
            return
        low = max(settled, len(text) - self._exact_longest + 1)
        line = text.rfind(b"\n", low) + 1
        if line and not any(
            text[max(0, line - size) : line] in self._line_keys for size in range(1, LINE_KEY + 1)
        ):
            low = line
        heads = self._exact_heads
        for at in range(low, len(text)):
            if text[at : at + HEAD] in heads:
                for needle in targets.beginning(text[at:]):
                    if not (needle.words and _alphanumeric_before(text, at)):
                        yield at, at, needle

    def _read_beginnings(self, reading: Reading, text: bytes, settled: int) -> Iterator[_Beginning]:
        targets = self._targets[reading]
        view = Squeezed(text)
        size = len(view.text)
        heads = self._loose_heads
        for at in range(max(0, size - self._loose_longest + 1), size):
            if view.text[at : at + HEAD] not in heads:
                continue
            origin = view.origin(at)
            if origin < settled and not reading.cuts:
                continue
            for needle in targets.beginning(reading(text[origin:])):
                if needle.words and _alphanumeric_before(text, origin):
                    continue
                start = _shown(text, origin, len(text)) if reading.cuts else origin
                if settled <= start < len(text):
                    yield origin, start, needle


def _characters(text: bytes) -> int:
    """The number of UTF-8 characters."""
    return len(text.decode("utf-8", "replace")) if not text.isascii() else len(text)


def _heads(texts: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(text[:length] for text in texts for length in range(1, HEAD + 1))


def _bounded(text: bytes, start: int, end: int, needle: Needle, *, final: bool) -> Span | None:
    """The span of an occurrence with what belongs to it, or None if it is only part of a word."""
    settled = True
    if needle.words:
        if _alphanumeric_before(text, start) or _alphanumeric_after(text, end):
            return None
        settled = final or end < len(text)
    if needle.before and start and text[start - 1] in needle.before:
        start -= 1
    if needle.after:
        match = _BASE64.match(text, end)
        end = match.end() if match else end
        settled = final or end < len(text)
    return Span(start, end, needle.secret, needle.words, settled)


def _shown(text: bytes, start: int, end: int) -> int:
    """Where the masked part of a needle begins whose beginning the host may have cut off.

    Pieces are shown until `SHOWN` characters have passed; a piece at the end of the text that may
    still grow counts as long enough.
    """
    passed = 0
    for piece in _PIECE.finditer(text, start, end):
        passed += sum(byte & 0xC0 != 0x80 for byte in piece[0][: 4 * SHOWN])  # noqa: PLR2004 - UTF-8
        if passed >= SHOWN or piece.end() == len(text):
            return piece.start()
    return end


def _alphanumeric_before(text: bytes, at: int) -> bool:
    return text[max(0, at - 4) : at].decode("utf-8", "replace")[-1:].isalnum()


def _alphanumeric_after(text: bytes, at: int) -> bool:
    return text[at : at + 4].decode("utf-8", "replace")[:1].isalnum()
