"""Needles that are found by their very bytes, which nearly all are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .engine import compile_keys
from .needles import (
    Beginning,
    Beginnings,
    Needle,
    Span,
    alphanumeric_before,
    bounded,
    each,
    is_solid,
)
from .openings import Openings

__all__ = ["ExactNeedles"]


class ExactNeedles:
    """An immutable set of needles whose reading is the text as it is."""

    def __init__(self, needles: Iterable[Needle], tier: str) -> None:
        """Compile the needles for an engine tier."""
        self._beginnings = Beginnings(needles)
        by_text = self._beginnings.needles
        self._needles = list(by_text.values())
        self._solid = [all(map(is_solid, needles)) for needles in self._needles]
        # The size and the secret of those that need no judgement, which are nearly all.
        self._owners = [
            (len(needles[0].text), needles[0].secret) if solid and len(needles) == 1 else None
            for needles, solid in zip(self._needles, self._solid, strict=True)
        ]
        self._words = any(needle.words for needles in self._needles for needle in needles)
        self._matcher = compile_keys(list(by_text), tier, self._solid)
        self._openings = Openings(by_text)
        self.suspect = self._matcher.suspect
        self.look = self._matcher.look

    @property
    def solid(self) -> bool:
        """Whether each occurrence is one whatever stands beside it."""
        return all(self._solid)

    def none_open(self, text: bytes) -> bool:
        """Whether the end of a text (bytes) begins none of the needles for sure, at a glance."""
        return self._openings.none(text)

    def find(self, text: bytes, *, final: bool, every: bool, patient: bool) -> list[Span]:
        """List the occurrences in a text (bytes) as `Layer.find` does."""
        spans: list[Span | None] = []
        owners = self._owners
        for start, end, key in self._matcher.find(text, every=every, patient=patient):
            owner = owners[key]
            if owner is not None and end - start == owner[0]:
                spans.append(Span(start, end, owner[1], False, True))  # noqa: FBT003
                continue
            for needle in self._needles[key]:
                size = len(needle.text)
                if end - start == size:
                    spans.append(bounded(text, start, end, needle, final=final))
                elif needle.words or every:
                    for first, last in each(text, start, end, needle.text):
                        spans.append(bounded(text, first, last, needle, final=final))
                else:
                    spans.append(bounded(text, start, start + size, needle, final=final))
                    rest = bounded(text, end - size, end, needle, final=final)
                    spans.append(rest and rest._replace(start=start + 1))
        return [span for span in spans if span is not None]

    def opening(self, text: bytes, settled: int) -> int:
        """From which byte on the end of a text (bytes) may be the beginning of an occurrence."""
        if not self._words:
            return self._openings.first(text, settled)
        return next((at for at, _, _ in self.beginnings(text, settled)), len(text))

    def beginnings(self, text: bytes, settled: int, least: int = 1) -> Iterator[Beginning]:
        """Yield the beginnings of needles, of `least` bytes, that the end of a text cuts off."""
        for at in self._openings.starts(text, settled, least):
            for needle in self._beginnings.of(text[at:]):
                if not (needle.words and alphanumeric_before(text, at)):
                    yield at, at, needle
