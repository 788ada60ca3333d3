"""What is compiled of the secrets that were given to an audience.

The audiences of equal sets share one `Covered`. Layers are compiled when a text next needs them, so
that one more secret among thousands costs what one secret costs. Very many at once take seconds:
texts of this audience wait for them, but not what is added, nor the texts of others.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from buildbot_keychain.secretive import secretive

from .chosen import Unknown
from .compiler import AHEAD
from .matching.later import LaterTogether
from .matching.layers import Layers
from .matching.pattern import ANONYMOUS
from .matching.view import FoldedText
from .output.naming import Naming, labels_of
from .passing import Passing, PassingLayers
from .snapshot import OpenPatterns, Snapshot

if TYPE_CHECKING:
    from .inventory import Inventory
    from .matching.indexed_open_layer import IndexedOpenLayer
    from .matching.layer import Layer
    from .packed import PackedPatterns, PackedTexts
    from .secret import Secret

__all__ = ["Covered"]

MANY = 500
"""A secret with so many patterns has a layer of its own in any case."""

FEW = 12
"""So many layers are looked at one by one: the next texts of other audiences use them as well.

Without an automaton nothing scans for several of them at once, so they are merged."""


@secretive
class Covered:
    """The secrets that were given to an audience, or all, and the snapshot of the moment."""

    def __init__(self, inventory: Inventory, names: frozenset[str] | None) -> None:
        """Begin with nothing compiled; without `names`, all secrets are covered."""
        self._inventory = inventory
        self._compiler = inventory.compiler
        self.names = names
        self._few = FEW if inventory.tier == "native" else 0
        self.layers: Layers[PackedPatterns, Layer] = Layers(
            self._compiler.compile,
            inventory.lock,
            # Not a method of this one: what is of an audience ends with the last reference. In a
            # cycle, megabytes would stay that the garbage collector, which counts objects, does
            # not see.
            inventory.expire,
            few=self._few,
            merge=self._compiler.merge,
        )
        self._passing = PassingLayers(self._compiler)
        self.taken: set[int] = set()
        """The secrets, by their index, that the layers hold."""
        self._together: LaterTogether | None = None
        self._naming = Naming()
        self._compiling = threading.Lock()
        self.latest: Snapshot | None = None
        """The snapshot, if it lacks nothing."""
        self._lag: int | None = None
        """What `lag` returns without one, if it is known: with many secrets it takes a while."""

    def snapshot(self) -> Snapshot:
        """Return the snapshot that knows everything added before this call."""
        latest = self.latest
        while latest is None:
            if self.names is not None:
                self._inventory.open_texts.compile_ahead()
            with self._inventory.lock:
                latest = self.latest
                new = self._new() if latest is None else []
                if latest is None and self._to_compile(new) < AHEAD:
                    # Not before: if it fails, such as for want of memory, it is all done again.
                    latest = self.latest = self._next(new)
            if latest is None:
                self._take_ahead(new)
        return latest

    def lag(self) -> int:
        """Return how many patterns the next text has to wait for. Lock held."""
        if self.latest is not None:
            return 0
        if self._lag is None:
            self._lag = self._to_compile(self._new())
        return self._lag

    def _take_ahead(self, new: list[int]) -> None:
        """Compile many patterns and take them in, unless another thread has. Lock not held."""
        lock = self._inventory.lock
        with self._compiling:
            if self.taken.isdisjoint(new):
                compiled = self._compiled(new)
                with lock:
                    # Of what is kept already, a text that came meanwhile may have taken all in.
                    if self.taken.isdisjoint(new):
                        self._take(compiled)

    def _compiled(self, new: list[int]) -> list[tuple[Sequence[int], Layer]]:
        """Return layers of secrets: one of each, which audiences share, unless there are many."""
        secrets, many = self._inventory.secrets, self._many(new)
        layers: list[tuple[Sequence[int], Layer]] = [
            ([index], self._compiler.layer_of(secrets[index].patterns))
            for index in sorted(set(new).difference(many))
        ]
        if many:
            layers.append((many, self._compiler.compile(self._parts(many))))
        return layers

    @property
    def compiled(self) -> Iterable[Layer]:
        """All layers that are kept with this."""
        return (*self.layers, *self._passing)

    def begin_with(self, part: Covered) -> None:
        """Take over what is compiled of secrets that are all among these. Lock held."""
        self.layers.begin_with(part.layers)
        self._passing.begin_with(part._passing)
        self._naming = part._naming.copy()
        self.taken = set(part.taken)

    def _given(self) -> Iterator[tuple[int, Secret]]:
        """Go through the secrets that are among these, by their index. Lock held."""
        secrets = self._inventory.secrets
        return ((index, secrets[index]) for index in self._inventory.given(self.names))

    def _passing_ones(self) -> Iterator[Secret]:
        return (secret for _, secret in self._given() if secret.passing)

    def _next(self, new: list[int]) -> Snapshot:
        """Return the next snapshot, in which `new` secrets are, too. Lock held."""
        inventory, policy = self._inventory, self._inventory.policy
        names = {index: secret.name for index, secret in self._given()}
        if new:
            self._take(self._compiled(new))
        layers = tuple(self.layers)
        namings = [self._naming]
        open_layers: tuple[IndexedOpenLayer[PackedTexts], ...] = ()
        if self.names is not None:
            open_layers = inventory.open_texts.layers()
            # Whether a label stands inside of a secret of others must not show.
            namings.append(Naming())
            namings[-1].update(names.values(), open_layers, None)
        passing = self._passing.of(self._passing_ones(), inventory.passing_changes)
        if passing:
            namings.append(Naming())
            namings[-1].update(names.values(), (), None)
            for each in passing:
                namings[-1].update((), (), each.layer)
        if passing and self.names is None:
            namings.append(Naming())
            namings[-1].bracketed = self._naming.bracketed
            namings[-1].update((secret.name for secret in self._passing_ones()), layers, None)
        elif passing:
            # If the name of a value was shown or not by whatever it shows of a secret, it could be
            # a guess.
            namings.append(Naming())
            namings[-1].entangled.update(self._telling_names(layers))
        labels = labels_of(names, namings, inventory.open_texts.like_a_label if open_layers else ())
        all_layers = (*layers, *(each.layer for each in passing))
        together = self._scanning(all_layers, open_layers)
        if self._together is None or self._together.finders != together.finders:
            self._together = together
        snapshot = Snapshot(
            all_layers,
            open_layers,
            self._together,
            labels,
            policy.through_escapes,
            policy.through_cuts,
            by_line=self.names is not None,
            given=frozenset(inventory.secrets[index].open_texts for index in self.taken),
        )
        if self.names is None or not passing:
            return snapshot
        return self._behind_unknown(snapshot, passing)

    def _behind_unknown(self, last: Snapshot, passing: Sequence[Passing]) -> Snapshot:
        """Return a snapshot behind those that hide first what choosers of values do not know."""
        secrets, names = self._inventory.secrets, self.names or frozenset()
        keys = [secret.key for secret in secrets]
        given = {secret.key for _, secret in self._given() if not secret.passing}
        by_chooser: dict[int, list[Passing]] = {}
        for each in passing:
            by_chooser.setdefault(id(each.known), []).append(each)
        choosers = sorted(by_chooser.values(), key=lambda own: -len(names & own[0].known))
        for at in range(len(choosers) - 1, -1, -1):
            before = [each for own in choosers[:at] for each in own]
            layers = (*self.layers, *(each.layer for each in before))
            last = replace(
                last,
                layers=layers,
                together=self._scanning(layers, last.open_layers),
                unknown=Unknown(keys, choosers[at][0].known),
                then=last,
                own=tuple(each.layer for each in passing if given <= each.known),
            )
        return last

    def _telling_names(self, layers: Sequence[Layer]) -> Iterator[str]:
        """Yield the names of passing values that show what whoever chose them knows."""
        secrets = self._inventory.secrets
        for secret in self._passing_ones():
            text = FoldedText(f"<{secret.name}>".encode("utf-8", "surrogatepass"))
            spans = (span for layer in layers for span in layer.find(text, final=True, every=True))
            is_inside = secret.name in self._naming.bracketed.names
            if is_inside or any(
                secrets[span.secret % ANONYMOUS].key in secret.known for span in spans
            ):
                yield secret.name

    def _scanning(
        self, layers: Sequence[Layer], open_layers: Sequence[OpenPatterns]
    ) -> LaterTogether:
        """Return what scans for layers."""
        given = [asked for layer in layers for asked in layer.asked]
        others = [layer.index for layer in open_layers]
        grams = [grams for layer in layers for grams, _ in layer.ending]
        return LaterTogether(given, others, self._inventory.tier, grams)

    def _new(self) -> list[int]:
        """Return the secrets, by their index, that are among these and not taken in. Lock held."""
        return [
            index
            for index, secret in self._given()
            if index not in self.taken and not secret.passing
        ]

    def _parts(self, indices: Iterable[int]) -> list[PackedPatterns]:
        return [self._inventory.secrets[index].patterns for index in indices]

    def _many(self, new: list[int]) -> Sequence[int]:
        """Return those of new secrets that are compiled together."""
        if self._compiler.is_indexed(self._parts(new)):
            return new
        secrets, kept = self._inventory.secrets, self._compiler.layer_of
        few = [index for index in new if secrets[index].patterns not in kept]
        if len(few) <= self._few:
            return ()
        return [index for index in few if secrets[index].patterns.count < MANY]

    def _to_compile(self, new: list[int]) -> int:
        """Return how many patterns of new secrets are to be compiled."""
        kept, parts = self._compiler.layer_of, self._parts(new)
        together = self._compiler.is_indexed(parts)
        return sum(part.count for part in parts if together or part not in kept)

    def _take(self, compiled: Sequence[tuple[Sequence[int], Layer]]) -> None:
        """Take in secrets with their layers. Lock held."""
        names = [secret.name for _, secret in self._given() if not secret.passing]
        for indices, layer in compiled:
            self.layers.add(self._parts(indices), layer)
            self._naming.update(names, tuple(self.layers), layer)
            self.taken.update(indices)
        self._lag = None

    def drop_passing(self, part: PackedPatterns) -> None:
        """Drop what is compiled of a passing secret, which is forgotten. Lock held."""
        self._passing.drop(part)
        self._together = None

    def expire(self) -> None:
        """Have the next text get another snapshot. Lock held."""
        self.latest = self._lag = None
