"""Values that somebody chose who was not given all secrets of the readers.

A build that triggers another one lends it what it has declared to be secret. That may be made of
what the other build prints before a secret of its own, and of a guess of that secret: if the guess
is right, the value stands in the log. So where it overlaps a secret that its chooser does not know,
only that secret is hidden, and the log is the same for right and wrong guesses.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from buildbot_keychain.secretive import secretive

from .matching.pattern import ANONYMOUS, Span
from .matching.stretches import Stretches
from .output.writer import unite

if TYPE_CHECKING:
    from .matching.layer import Layer

__all__ = ["NOTHING_CHOSEN", "Chosen"]


@secretive
class Chosen:
    """The chosen values among secrets, and what was given to whoever chose each.

    :ivar known: the live set of that, by the index of the value.
    :ivar layers: the same by the layer in which the values are; in each are those of one chooser.
    """

    def __init__(
        self,
        known: Mapping[int, AbstractSet[str]],
        keys: Sequence[str | None],
        layers: Mapping[Layer, AbstractSet[str]],
    ) -> None:
        """Take by what each secret (its index) is given, beside these."""
        self.known = known
        self.layers = layers
        self._keys = keys

    def knows(self, value: int, secret: int) -> bool:
        """Return whether who chose a value was given a secret; both are indices."""
        return self._keys[secret % ANONYMOUS] in self.known[value]

    def without_guesses(self, spans: list[Span]) -> list[Span]:
        """Leave out the values that may be a guess of what else is hidden there.

        That is any secret that its chooser was not given. Nobody can guess one that was not given
        to the readers, so it may be a part of a value, but the value must not end inside of it.
        """
        if not self.known or not any(span.secret in self.known for span in spans):
            return spans
        tell: dict[int, Callable[[Span], bool]] = {}
        kept = []
        for span in spans:
            known = self.known.get(span.secret)
            if known is not None:
                if id(known) not in tell:
                    tell[id(known)] = _overlaps(self._unknown(known, spans))
                if tell[id(known)](span):
                    continue
            kept.append(span)
        return kept

    def end_of_unknown(self, layer: Layer, spans: Iterable[Span]) -> int:
        """Return where the last secret ends that who chose the values in a layer was not given."""
        return max((span.end for span in self._unknown(self.layers[layer], spans)), default=0)

    def _unknown(self, known: AbstractSet[str], spans: Iterable[Span]) -> list[Span]:
        """Return what may be guessed by whoever was given what is `known`.

        Of two who choose values for the same readers and know nothing of each other, each would
        undo what the other one hides.
        """
        own = {self._keys[value] for value, its in self.known.items() if its is known}
        return [
            span
            for span in spans
            if self._keys[span.secret % ANONYMOUS] not in known
            and not own.isdisjoint(self.known.get(span.secret, own))
        ]


def _overlaps(unknown: Sequence[Span]) -> Callable[[Span], bool]:
    """Return a function that tells whether a span may be a guess of what is unknown."""
    runs = unite((span.start, span.end, 0) for span in unknown if span.secret < ANONYMOUS)
    ends = [end for _, end, _ in runs]
    others = Stretches()
    for span in sorted(unknown):
        if span.secret >= ANONYMOUS:
            others.add(span.start, span.end)

    def overlaps(span: Span) -> bool:
        start = span.start - span.shown
        at = bisect.bisect_right(ends, start)
        if at < len(runs) and runs[at][0] < span.end:
            return True
        return any(others.cover(place - 1, place + 1) for place in (start, span.end))

    return overlaps


NOTHING_CHOSEN = Chosen({}, (), {})
