"""What is compiled of the secrets that were given to an audience.

The audiences of equal sets share one `Covered`. Layers are compiled when a text next needs them, so
that one more secret among thousands costs what one secret costs. Very many at once take seconds:
texts of this audience wait for them, but not what is added, nor the texts of others.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildbot_keychain.secretive import secretive

from .chosen import Unknown
from .matching.finder import Finder
from .matching.later import LaterTogether
from .matching.layers import Layers
from .matching.pattern import ANONYMOUS
from .matching.view import FoldedText
from .output.naming import Naming, labels_of
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .inventory import Inventory, Secret
    from .matching.indexed_open_layer import IndexedOpenLayer
    from .matching.layer import Layer
    from .packed import PackedPatterns, PackedTexts

__all__ = ["Covered"]

MANY = 500
"""A secret with so many patterns has a layer of its own, which audiences share."""

AHEAD = 500
"""So many patterns are compiled before anything is locked: it takes more than ten milliseconds."""

TOGETHER = 1000
"""So many patterns of passing secrets are in one layer, which is compiled again when one goes."""


@secretive
class _Passing(NamedTuple):
    """Passing secrets that somebody chose."""

    parts: list[PackedPatterns]
    layer: Layer
    known: AbstractSet[str]
    """The live set of what was given to whoever chose them."""


@secretive
class Covered:
    """The secrets that were given to an audience, or all, and the snapshot of the moment."""

    def __init__(self, inventory: Inventory, names: frozenset[str] | None) -> None:
        """Begin with nothing compiled; without `names`, all secrets are covered."""
        self._inventory = inventory
        self.names = names
        self.layers: Layers[PackedPatterns, Layer] = Layers(
            inventory.compile,
            inventory.lock,
            # What is of an audience ends with the last reference. In a cycle, megabytes would stay
            # that the garbage collector, which counts objects, does not see.
            self.expire if names is None else None,
        )
        self._passing: list[_Passing] = []
        self._large_passing: list[_Passing] = []
        self._passing_changes = 0
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
                self._inventory.open_ahead()
            with self._inventory.lock:
                latest = self.latest
                new = self._new() if latest is None else []
                if latest is None and not self._are_many(new):
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
            self._lag = _size(self._parts(self._new()))
        return self._lag

    def _take_ahead(self, new: list[int]) -> None:
        """Compile many patterns and take them in, unless another thread has. Lock not held."""
        lock = self._inventory.lock
        with self._compiling:
            if self.taken.isdisjoint(new):
                compiled = self._compiled(new)
                with lock:
                    names = self._names_to_check(self._names())
                    for indices, layer in compiled:
                        self._take(indices, names, layer)

    def _compiled(self, new: list[int]) -> list[tuple[list[int], Layer]]:
        """Return layers of secrets, those that audiences share among them."""
        secrets, inventory = self._inventory.secrets, self._inventory
        if inventory.is_indexed(self._parts(new)):
            return [(new, inventory.compile(self._parts(new)))]
        large = [index for index in new if secrets[index].patterns.count >= MANY]
        small = [index for index in new if secrets[index].patterns.count < MANY]
        shared = [([index], inventory.layer_of(secrets[index].patterns)) for index in large]
        return [*shared, (small, inventory.compile(self._parts(small)))] if small else shared

    def begin_with(self, part: Covered) -> None:
        """Take over what is compiled of secrets that are all among these. Lock held."""
        self.layers.begin_with(part.layers)
        self._passing = list(part._passing)
        self._naming = part._naming.copy()
        self.taken = set(part.taken)

    def covers(self, secret: Secret) -> bool:
        """Return whether a secret is among these."""
        if self.names is None:
            return secret.key is not None
        return secret.key in self.names

    def _names(self) -> list[str | None]:
        """Return the names of all secrets, by index; None for those that are not among these."""
        return [secret.name if self.covers(secret) else None for secret in self._inventory.secrets]

    def _next(self, new: list[int]) -> Snapshot:
        """Return the next snapshot, in which `new` secrets are, too. Lock held."""
        inventory, policy = self._inventory, self._inventory.policy
        names = self._names()
        if new:
            self._take(new, self._names_to_check(names))
        layers = tuple(self.layers)
        namings = [self._naming]
        open_layers: tuple[IndexedOpenLayer[PackedTexts], ...] = ()
        if self.names is not None:
            open_layers = inventory.open_layers()
            # Whether a label stands inside of a secret of others must not show.
            namings.append(Naming())
            namings[-1].update(names, open_layers, None)
        passing = self._all_passing()
        if passing:
            namings.append(Naming())
            namings[-1].update(names, (), None)
            for each in passing:
                namings[-1].update((), (), each.layer)
        if passing and self.names is not None:
            namings.append(Naming())
            namings[-1].entangled.update(self._telling_names(layers))
        labels = labels_of(names, namings, inventory.like_a_label if open_layers else ())
        all_layers = (*layers, *(each.layer for each in passing))
        snapshot = Snapshot(
            all_layers,
            open_layers,
            labels,
            policy.through_escapes,
            policy.through_cuts,
            by_line=self.names is not None,
            together=self._of_together(all_layers),
            tier=inventory.tier,
        )
        return snapshot if self.names is None else self._behind_unknown(snapshot, passing)

    def _names_to_check(self, names: Sequence[str | None]) -> Sequence[str | None]:
        """Return the names that must show nothing of any secret.

        If the name of a value that somebody chose was shown or not by that, it could be a guess.
        """
        if self.names is None:
            return names
        secrets = self._inventory.secrets
        return [None if each.passing else name for each, name in zip(secrets, names, strict=True)]

    def _behind_unknown(self, last: Snapshot, passing: Sequence[_Passing]) -> Snapshot:
        """Return a snapshot behind those that hide first what choosers of values do not know."""
        secrets, names = self._inventory.secrets, self.names or frozenset()
        keys = [secret.key for secret in secrets]
        given = {secret.key for secret in secrets if secret.key in names and not secret.passing}
        by_chooser: dict[int, list[_Passing]] = {}
        for each in passing:
            by_chooser.setdefault(id(each.known), []).append(each)
        choosers = sorted(by_chooser.values(), key=lambda own: -len(names & own[0].known))
        for at in range(len(choosers) - 1, -1, -1):
            before = [each for own in choosers[:at] for each in own]
            last = replace(
                last,
                layers=(*self.layers, *(each.layer for each in before)),
                together=None,
                unknown=Unknown(keys, choosers[at][0].known),
                then=last,
                own=tuple(each.layer for each in passing if given <= each.known),
            )
        return last

    def _telling_names(self, layers: Sequence[Layer]) -> Iterator[str]:
        """Yield the names of passing values that show what whoever chose them knows."""
        secrets = self._inventory.secrets
        for secret in secrets:
            if not secret.passing or not self.covers(secret):
                continue
            text = FoldedText(f"<{secret.name}>".encode("utf-8", "surrogatepass"))
            spans = (span for layer in layers for span in layer.find(text, final=True, every=True))
            is_inside = secret.name in self._naming.bracketed.names
            if is_inside or any(
                secrets[span.secret % ANONYMOUS].key in secret.known for span in spans
            ):
                yield secret.name

    def _of_together(self, layers: Sequence[Layer]) -> LaterTogether | None:
        """Return what scans for several layers at once, if that is worth it.

        It is not for all secrets: their layers are merged, and each new one would cost a scanner.
        """
        finders = [layer.finder for layer in layers if isinstance(layer.finder, Finder)]
        several = 1 < len(finders) == len(layers)
        if self.names is None or not several or self._inventory.tier == "stdlib":
            self._together = None
            return None
        if self._together is None or self._together.finders != finders:
            self._together = LaterTogether(finders, self._inventory.tier)
        return self._together

    def _new(self) -> list[int]:
        """Return the secrets, by their index, that are among these and not taken in. Lock held."""
        return [
            index
            for index, secret in enumerate(self._inventory.secrets)
            if index not in self.taken and not secret.passing and self.covers(secret)
        ]

    def _parts(self, indices: Iterable[int]) -> list[PackedPatterns]:
        return [self._inventory.secrets[index].patterns for index in indices]

    def _are_many(self, new: list[int]) -> bool:
        """Return whether it takes long to compile new secrets."""
        return _size(self._parts(new)) >= AHEAD

    def _take(
        self, indices: list[int], names: Sequence[str | None], compiled: Layer | None = None
    ) -> None:
        """Take in secrets, with the layer of them if there is one."""
        newest = self.layers.add(self._parts(indices), compiled)
        self._naming.update(names, tuple(self.layers), newest)
        self.taken.update(indices)
        self._lag = None

    def _all_passing(self) -> list[_Passing]:
        if self._passing_changes != self._inventory.passing_changes:
            by_chooser: dict[int, list[Secret]] = {}
            self._large_passing = []
            for secret in self._inventory.secrets:
                if not secret.passing or not self.covers(secret):
                    continue
                if secret.layer is None:
                    by_chooser.setdefault(id(secret.known), []).append(secret)
                else:
                    large = _Passing([secret.patterns], secret.layer, secret.known)
                    self._large_passing.append(large)
            self._passing = [
                passing
                for secrets in by_chooser.values()
                for passing in self._take_passing(secrets)
            ]
            self._passing_changes = self._inventory.passing_changes
        return [*self._passing, *self._large_passing]

    def _take_passing(self, secrets: Sequence[Secret]) -> list[_Passing]:
        """Return the layers of passing secrets that somebody chose.

        Compiled are those that lack one, with the last ones if these are few.
        """
        known, parts = secrets[0].known, [secret.patterns for secret in secrets]

        def compiled(parts: list[PackedPatterns]) -> _Passing:
            return _Passing(parts, self._inventory.compile(parts, passing=True), known)

        if self._inventory.is_indexed(parts):
            return [compiled(parts)]
        groups = [passing for passing in self._passing if passing.known is known]
        has_layer = {part for passing in groups for part in passing.parts}
        if not has_layer.issubset(parts):
            groups, has_layer = [], set()
        last: list[PackedPatterns] = []
        for part in parts:
            if part in has_layer:
                continue
            if not last and groups and _size(groups[-1].parts) < TOGETHER:
                last, groups = groups[-1].parts, groups[:-1]
            if _size(last) >= TOGETHER:
                groups, last = [*groups, compiled(last)], []
            last = [*last, part]
        return [*groups, compiled(last)] if last else groups

    def drop_passing(self, part: PackedPatterns) -> None:
        """Drop what is compiled of a passing secret, which is forgotten. Lock held."""
        self._passing = [each for each in self._passing if part not in each.parts]
        self._large_passing = [each for each in self._large_passing if part not in each.parts]
        self._together = None

    def expire(self) -> None:
        """Have the next text get another snapshot. Lock held."""
        self.latest = self._lag = None


def _size(parts: Iterable[PackedPatterns]) -> int:
    return sum(part.count for part in parts)
