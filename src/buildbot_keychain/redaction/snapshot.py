"""What is known at one moment to hide from an audience: immutable, replaced as a whole.

For the secrets that were given to the audience there are layers, which hide all of their patterns,
also those that the end of a text cuts off. For all other secrets there are open layers, which hide
what nobody could have guessed, where the whole of it stands on one line.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from buildbot_keychain.secretive import secretive

from .chosen import Unknown
from .matching.later import Asked, LaterTogether
from .matching.layer import Layer, Opening
from .matching.normalisation import fold
from .matching.pattern import Span
from .matching.prefixes import GRAM, ShortBeginnings
from .matching.scanner import FEW, Hits
from .matching.stretches import Stretches
from .matching.view import FoldedText
from .output.labels import Labels

__all__ = ["HasSnapshot", "OpenPatterns", "Snapshot"]

CONTEXT = 96
"""Bytes of released text that are looked at again: more than a cut pattern's pieces can take."""


class OpenPatterns(Protocol):
    """What is hidden from everybody; see `matching.open_layer`."""

    @property
    def index(self) -> Asked:
        """What is asked first."""

    @property
    def any(self) -> Callable[[bytes], object]:
        """Returns something true if a folded text (bytes) may show a pattern."""

    @property
    def brackets(self) -> Sequence[tuple[bytes, int]]:
        """What may begin inside of a label; see `matching.pattern.brackets`."""

    def shows_none(self, text: FoldedText) -> bool:
        """Return whether a text certainly shows no pattern."""

    def find(
        self,
        text: FoldedText,
        covered: Stretches | None = None,
        *,
        until: int | None = None,
        final: bool,
        every: bool = False,
        given: Container[object] = (),
    ) -> list[Span]:
        """List the occurrences in a text; see `Layer.find`.

        :param given: parts of the patterns of which they may be missing.
        """


@secretive
@dataclass(frozen=True, repr=False)
class Snapshot:
    """Layers of patterns, and the labels of their secrets."""

    layers: tuple[Layer, ...]
    open_layers: tuple[OpenPatterns, ...]
    together: LaterTogether
    """Scans a text for all layers."""
    labels: Labels
    through_escapes: bool
    whole_lines: bool
    """Whether the host stores whole lines, so that a line with something open waits as a whole."""
    by_line: bool
    """Whether a line waits for its end in any case, so that waiting says nothing."""
    unknown: Unknown | None = None
    """What is hidden at first, if it is not all: values that somebody chose are looked for `then`.
    """
    then: Snapshot | None = None
    """What is hidden in what this leaves."""
    own: tuple[Layer, ...] = ()
    """The values among those that come then that somebody chose who knows all that was given."""
    given: Container[object] = frozenset()
    """The parts of open layers whose secrets are in `layers`, by patterns that find no less."""

    @cached_property
    def context(self) -> int:
        """How many bytes of text are looked at again after they were released.

        What begins inside of a label must be seen to do so until all of it has come.
        """
        brackets = [bracket for layer in self.layers for bracket in layer.brackets]
        brackets += [bracket for layer in self.open_layers for bracket in layer.brackets]
        beginning_inside = [
            longest
            for beginning, longest in brackets
            if len(beginning) <= self.labels.longest and self.labels.may_end_in(beginning)
        ]
        return max(CONTEXT, self.labels.longest + max(beginning_inside, default=0))

    @cached_property
    def _short_beginnings(self) -> ShortBeginnings:
        """What leaves something open at the end of folded lines, in few bytes."""
        return ShortBeginnings.union([short for layer in self.layers for _, short in layer.ending])

    def scan(self, text: FoldedText) -> None:
        """Scan a text at once for all layers that will be asked about it."""
        self.together.scan(text)

    def hits(self, lines: bytes, folded: bytes) -> Mapping[object, Hits] | None:
        """Return what a look at whole lines finds, or None if they certainly pass as they are.

        :param folded: the lines behind some folded context.
        :return: by what says whether there may be words: what it has found, if that is little.
        """
        together = self.together
        together.left -= len(folded)
        if together.left < 0:
            together.compile()
        found: object = None
        asked = together.asked
        for each in asked:
            found = each.any(folded)
            if found:
                break
        else:
            gram, short = folded[-GRAM:], self._short_beginnings
            for grams in together.grams:
                if gram in grams:
                    break
            else:
                if folded[-1:] not in short.lasts or short.end_in_none(lines, folded):
                    return None
        shows_word = found and each.any_word(folded, found)
        if not shows_word and self._pass_apart(lines, folded, found):
            return None
        silent = asked[: asked.index(each)] if found else asked
        hits: dict[object, Hits] = {one.any: [] for one in silent}
        if isinstance(found, list) and 0 < len(found) <= FEW:
            hits[each.any] = found
        return hits

    def _pass_apart(self, lines: bytes, folded: bytes, found: object) -> bool:
        """Return the same, as each layer says it.

        :param found: whether there may be more than something open at the end.
        """
        if not found:
            return all(layer.leaves_nothing_open(lines, folded) for layer in self.layers)
        return all(layer.passes_lines(lines, folded) for layer in self.layers) and not any(
            layer.any(folded) for layer in self.open_layers
        )

    def passes_text(self, text: FoldedText, released: int = 0) -> bool:
        """Return the same for a text that is looked at further if it does not pass."""
        for open_layer in self.open_layers:
            if not open_layer.shows_none(text):
                return False
        return all(layer.passes_text(text, released) for layer in self.layers)

    def is_marked(self, text: FoldedText) -> bool:
        """Return whether a text may hold a piece of what was given, or a dump of it."""
        return any(layer.is_marked(text) for layer in self.layers)

    def passes_whole(self, data: bytes) -> bool:
        """Return whether a whole text certainly shows nothing; see `Layer.passes_whole`."""
        folded = fold(data)
        if self.may_show(data, folded):
            return False
        for open_layer in self.open_layers:
            if open_layer.any(folded):
                return False
        return self.then is None or self.then.passes_whole(data)

    def may_show_word(self, folded: bytes) -> bool:
        """Return whether a folded text may show a pattern or holds a mark."""
        return any(each.any(folded) for each in self.together.asked)

    def may_show(self, data: bytes, folded: bytes) -> bool:
        """Return whether a whole text may show something of what was given."""
        for layer in self.layers:  # noqa: SIM110 - the same
            if not layer.passes_whole(data, folded):
                return True
        return False

    def find(self, text: FoldedText, until: int | None = None, *, released: int = 0) -> list[Span]:
        """List the occurrences of every pattern in a text that do not reach into a label.

        They begin before `until`, a position in the folded text, if that is given. Those that end
        before what was `released` does may be missing.
        """
        return self._outside_of_labels(text, [], until=until, released=released, final=False)

    def find_at_end(self, text: FoldedText, released: int) -> list[Span]:
        """List the occurrences in a text that ends here, and the patterns that it has cut off."""

        def counts(span: Span) -> bool:
            return bool(self.labels.judged(text.data, [span], final=True)[0])

        endings = [span for layer in self.layers for span in layer.endings(text, released, counts)]
        return self._outside_of_labels(text, endings, until=None, released=released, final=True)

    def _outside_of_labels(
        self,
        text: FoldedText,
        endings: list[Span],
        *,
        until: int | None,
        released: int,
        final: bool,
    ) -> list[Span]:
        spans = [*endings, *self._found(text, Stretches(), until=until, final=final)]
        for layer in self.layers:
            spans += layer.pieces(text, released, final=final)
        if not spans:
            return spans
        kept, dropped = self.labels.judged(text.data, spans, final=final)
        # What was left out because it was inside of these is looked for.
        if any(span.is_certain for span in dropped):
            covered = Stretches(_folded(text, (span for span in kept if span.is_certain)))
            again = self._found(text, covered, until=until, final=final, every=True)
            kept += self.labels.judged(text.data, again, final=final)[0]
        return kept

    def _found(
        self,
        text: FoldedText,
        covered: Stretches,
        *,
        until: int | None,
        final: bool,
        every: bool = False,
    ) -> list[Span]:
        """List the occurrences of whole patterns; see `Finder.find`."""
        spans: list[Span] = []
        for layer in self.layers:
            spans += layer.find(text, covered, until=until, final=final, every=every)
        if self.open_layers:
            covered = covered if every else Stretches(covered)
            others = (
                span
                for layer in self.open_layers
                for span in layer.find(
                    text, covered, until=until, final=final, every=every, given=self.given
                )
            )
            spans += _elsewhere(spans, others)
        return spans

    def opening(self, text: FoldedText, released: int) -> Opening:
        """Return from where on the end of a text may be the beginning of an occurrence."""
        openings = [layer.opening(text, released) for layer in self.layers]
        return min(openings, key=lambda opening: opening.start, default=Opening(len(text.data)))

    @property
    def last(self) -> Snapshot:
        """What is hidden last, which knows all secrets."""
        return self if self.then is None else self.then.last

    def with_labels(self, labels: Labels) -> Snapshot:
        """Return the same with other labels."""
        then = self.then and self.then.with_labels(labels)
        return replace(self, labels=labels, then=then)


def _folded(text: FoldedText, spans: Iterable[Span]) -> Stretches:
    """Return the stretches of the folded text that spans take."""
    stretches = Stretches()
    at = place = 0
    for span in sorted(spans):
        place += len(fold(text.data[at : span.start]))
        at = span.start
        stretches.add(place, place + len(fold(text.data[at : span.end])))
    return stretches


def _elsewhere(given: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the others that stand where no given one does: that one's label is shown."""
    places = {(span.start, span.end) for span in given}
    return [span for span in others if (span.start, span.end) not in places]


class HasSnapshot(Protocol):
    """What knows the secrets of the moment."""

    def snapshot(self) -> Snapshot:
        """Return the snapshot that knows everything added before this call."""
