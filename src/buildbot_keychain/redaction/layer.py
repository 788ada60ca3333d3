"""The compiled form of a set of needles.

A `Layer` is immutable. It answers the questions of redaction about a text:

- `find`: which stretches are an occurrence of a needle?
- `opening`: from where on could the end of the text be the beginning of an occurrence?
- `endings`: what must be masked of such beginnings when nothing follows?

The bytes of the text before `settled` were released earlier and serve as context only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from .exact_needles import ExactNeedles
from .loose import Reading, Squeezed
from .loose_needles import LooseNeedles
from .needles import Needle, Span
from .scanners import TIERS

__all__ = ["END_LENGTH", "Layer"]

END_LENGTH = 8
"""Characters from which the beginning of a needle at the very end of a text is masked."""


class Layer:
    """An immutable set of needles, ready to be looked for."""

    def __init__(self, needles: Iterable[Needle], tier: str = TIERS[0]) -> None:
        """Compile the needles for an engine tier."""
        self.needles = tuple(dict.fromkeys(needles))
        exact = [needle for needle in self.needles if needle.reading is Reading.EXACT]
        loose = [needle for needle in self.needles if needle.reading is not Reading.EXACT]
        self._exact = ExactNeedles(exact, tier)
        self._loose = LooseNeedles(loose, tier)
        self.brackets = [
            (needle.text[: needle.text.index(b">") + 1], needle.reading.longest(needle.text))
            for needle in self.needles
            if b">" in needle.text
        ]
        """With what a needle begins that may begin inside of a label, and the size of it all."""
        self._before = frozenset(byte for needle in self.needles for byte in needle.before)

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
        more = self._loose or not self._exact.none_open(b"\n") or b"\n"[0] in self._before
        return None if more else self._exact.suspect

    @property
    def look(self) -> Callable[[str], object] | None:
        """What `suspect_lines` does, for a text (str), if that is quicker."""
        return self._exact.look if self.suspect_lines else None

    def suspect(self, view: Squeezed) -> bool:
        """Whether an occurrence may be in a text; it is not for sure."""
        return bool(self._exact.suspect(view.data)) or self._loose.suspect(view)

    @property
    def solid(self) -> bool:
        """Whether each occurrence of each needle takes the very text of it."""
        return not self._loose and self._exact.solid

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
        found = self._exact.find(view.data, final=final, every=every, patient=patient)
        return found + self._loose.find(view, final=final, every=every) if self._loose else found

    def opening(self, view: Squeezed, settled: int) -> int:
        """From which byte on the end of the text may be the beginning of an occurrence.

        Returns the length of the text if nothing is open. Nothing before `settled` counts.
        """
        text = view.data
        size = len(text)
        if size == settled:
            return size
        first = min(self._exact.opening(text, settled), self._loose.opening(view, settled))
        if first == size:
            return size - (text[-1] in self._before)
        return first - (first > settled and text[first - 1] in self._before)

    def endings(self, view: Squeezed, settled: int) -> Iterator[Span]:
        """Yield what must be masked at the very end of a text: the greater part of a needle."""
        text = view.data
        exact = self._exact.beginnings(text, settled, END_LENGTH)
        for origin, start, needle in itertools.chain(exact, self._loose.beginnings(view, settled)):
            passed = _characters(needle.reading(text[origin:]))
            if passed >= END_LENGTH and 2 * passed >= _characters(needle.text):
                beside = start > settled and text[start - 1] in needle.before
                yield Span(
                    start - beside,
                    len(text),
                    needle.secret,
                    needle.words,
                    settled=True,
                    shown=start - origin,
                )


def _characters(text: bytes) -> int:
    """The number of UTF-8 characters."""
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
