"""What is compiled of the secrets that were given to an audience.

The audiences of equal sets share one `Covered`. Layers are compiled when a text next needs them, so
that one more secret among thousands costs what one secret costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from buildbot_keychain.secretive import secretive

from .matching.layers import Layers
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


@secretive
class Covered:
    """The secrets that were given to an audience, or all, and the snapshot of the moment."""

    def __init__(self, inventory: Inventory, names: frozenset[str] | None) -> None:
        """Begin with nothing compiled; without `names`, all secrets are covered."""
        self._inventory = inventory
        self.names = names
        self.layers: Layers[PackedPatterns, Layer] = Layers(
            inventory.compile, inventory.lock, self._expire, merge=names is None
        )
        self._passing: tuple[Layer, ...] = ()
        self._passing_changes = 0
        self.taken: set[int] = set()
        """The secrets, by their index, that the layers hold."""
        self._naming = Naming()
        self.latest: Snapshot | None = None
        """The snapshot, if it lacks nothing."""

    def snapshot(self) -> Snapshot:
        """Return the snapshot that knows everything added before this call."""
        latest = self.latest
        if latest is None:
            with self._inventory.lock:
                latest = self.latest
                if latest is None:
                    # Not before: if it fails, such as for want of memory, it is all done again.
                    latest = self.latest = self._next()
        return latest

    def begin_with(self, part: Covered) -> None:
        """Take over what is compiled of secrets that are all among these. Lock held."""
        self.layers.begin_with(part.layers)
        self._naming = part._naming.copy()
        self.taken = set(part.taken)

    def covers(self, secret: Secret) -> bool:
        """Return whether a secret is among these."""
        if self.names is None:
            return secret.key is not None
        return secret.key in self.names

    def _next(self) -> Snapshot:
        inventory, policy = self._inventory, self._inventory.policy
        names = [secret.name if self.covers(secret) else None for secret in inventory.secrets]
        self._take_in(names)
        layers = tuple(self.layers)
        namings = [self._naming]
        open_layers: tuple[IndexedOpenLayer[PackedTexts], ...] = ()
        if self.names is not None:
            open_layers = inventory.open_layers()
            # Whether a label stands inside of a secret of others must not show.
            namings.append(Naming())
            namings[-1].update(names, open_layers, None)
        passing = self._passing_layers()
        if passing:
            namings.append(Naming())
            namings[-1].update(names, passing, passing[0])
        return Snapshot(
            (*layers, *passing),
            open_layers,
            labels_of(names, namings, inventory.like_a_label if open_layers else ()),
            policy.through_escapes,
            policy.through_cuts,
            by_line=self.names is not None,
        )

    def _take_in(self, names: Sequence[str | None]) -> None:
        """Compile what is new."""
        secrets = self._inventory.secrets
        new = [
            index
            for index, secret in enumerate(secrets)
            if index not in self.taken and not secret.passing and self.covers(secret)
        ]
        large = [index for index in new if secrets[index].patterns.count >= MANY]
        if not self._inventory.is_indexed([secrets[index].patterns for index in new]):
            for index in large:
                self._take([index], names, self._inventory.layer_of(secrets[index].patterns))
            new = [index for index in new if index not in self.taken]
        if new:
            self._take(new, names)

    def _take(
        self, indices: list[int], names: Sequence[str | None], compiled: Layer | None = None
    ) -> None:
        """Take in secrets, with the layer of them if there is one."""
        parts = [self._inventory.secrets[index].patterns for index in indices]
        newest = self.layers.add(parts, compiled)
        self._naming.update(names, tuple(self.layers), newest)
        self.taken.update(indices)

    def _passing_layers(self) -> tuple[Layer, ...]:
        if self._passing_changes != self._inventory.passing_changes:
            parts = [
                secret.patterns
                for secret in self._inventory.secrets
                if secret.passing and self.covers(secret)
            ]
            self._passing = (self._inventory.compile(parts, passing=True),) if parts else ()
            self._passing_changes = self._inventory.passing_changes
        return self._passing

    def drop_passing(self) -> None:
        """Drop what is compiled of passing secrets, of which one is forgotten. Lock held."""
        self._passing = ()

    def _expire(self) -> None:
        self.latest = None
