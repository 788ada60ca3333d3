"""All secrets of a redactor, and what is compiled of them for each audience.

`Inventory` owns the list of secrets. Adding one only notes it; layers are compiled when a text next
needs them, so that one more secret among thousands costs what one secret costs.

A `Covered` is the secrets that were given to an audience, with its snapshot of the moment. The
audiences of equal sets share one. The open layers, for everybody else, are the same for all.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from .forms.expansion import LARGEST, Expansion, expand
from .matching.layer import Layer
from .matching.layers import Layers
from .matching.open_layer import OpenLayer
from .output.naming import Naming, bracketed, labels_of
from .shared_ends import SharedEnds
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .forms.unguessable import OpenText
    from .matching.pattern import Pattern
    from .policy import RedactionPolicy

__all__ = ["Covered", "Inventory"]

MOST = 2_000_000
"""Patterns in all; beyond them, new values are hidden as they stand and in no other form."""

RECENT = 64
"""So many sets of secrets stay compiled after the last audience they were given to."""


@dataclass
class _Secret:
    key: str
    """By this it is given; its name, or for a passing secret something of its own."""
    name: str
    patterns: list[Pattern] = field(default_factory=list)
    open_texts: Collection[OpenText] = ()
    passing: bool = False
    """Whether it will be forgotten, and is no secret to anyone it was not given to."""


class Inventory:
    """The secrets of a redactor."""

    def __init__(self, policy: RedactionPolicy, tier: str) -> None:
        """Begin without secrets, under a policy, with an engine tier."""
        self.policy = policy
        self.tier = tier
        self.lock = threading.Lock()
        self.secrets: list[_Secret] = []
        self.passing_changes = 0
        """How many times a passing secret came or went."""
        self.fewer_forms: set[str] = set()
        self._count = self._passing_keys = 0
        self._covered: WeakValueDictionary[frozenset[str], Covered] = WeakValueDictionary()
        self._recent: deque[Covered] = deque(maxlen=RECENT)
        self._shared_ends = SharedEnds()
        self._known_in_part: set[str] = set()
        self._open_layers = self._no_open_layers()
        self._open_pending: list[OpenText] = []
        self.open_bracketed: set[bytes] = set()
        """The texts in open layers that may hold a label."""
        self.everything = Covered(self, None)

    def add(self, name: str, value: str, *, passing: bool = False) -> tuple[str, Expansion]:
        """Add a secret; return by which key it is given, and what is looked for. Lock held."""
        key, index = name, len(self.secrets)
        if passing:
            self._passing_keys += 1
            key = f"{name}\0{self._passing_keys}"
            index = next((at for at, each in enumerate(self.secrets) if not each.key), index)
        limit = LARGEST if self._count < MOST else 0
        expansion = expand(value, index, self.policy, limit=limit)
        self._count += len(expansion.patterns)
        if not expansion.complete:
            self.fewer_forms.add(name)
        secret = _Secret(key, name, expansion.patterns, passing=passing)
        self.secrets[index : index + 1] = [secret]
        if passing:
            self.passing_changes += 1
        else:
            secret.open_texts = expansion.open_texts
            self._open(index, secret)
        self._expire()
        return key, expansion

    def forget(self, key: str) -> None:
        """Forget a passing secret; it is no error if there is none. Lock held."""
        for index, secret in enumerate(self.secrets):
            if secret.passing and secret.key == key:
                self._count -= len(secret.patterns)
                self.secrets[index] = _Secret("", "", passing=True)
                self.passing_changes += 1
                for covered in [each for each in self._recent if each.covers(secret)]:
                    self._recent.remove(covered)
        self._expire()

    def covered(self, names: frozenset[str]) -> Covered:
        """Return what is compiled of the secrets that were given to an audience."""
        with self.lock:
            covered = self._covered.get(names)
            if covered is None:
                covered = self._covered[names] = Covered(self, names)
                self._recent.append(covered)
            return covered

    def settle(self) -> None:
        """Wait until what was added is compiled for good. Lock not held."""
        self._open_layers.settle()
        for covered in self._all_covered():
            covered.layers.settle()

    def open_layers(self) -> tuple[OpenLayer, ...]:
        """Return the layers for everybody. Lock held."""
        if self._open_pending:
            newest = self._open_layers.add(self._open_pending)
            self._open_pending = []
            self.open_bracketed.update(bracketed(newest.patterns))
        return tuple(self._open_layers)

    def _no_open_layers(self) -> Layers[OpenText, OpenLayer]:
        return Layers(self._compile_open, self.lock, self._expire)

    def _compile_open(self, texts: list[OpenText]) -> OpenLayer:
        return OpenLayer(texts, self.tier)

    def _open(self, index: int, secret: _Secret) -> None:
        """Have a new secret hidden from everybody, as far as it shares too little with others."""
        known = len(self._known_in_part)
        for text in secret.open_texts:
            if text.text == text.kernel:
                self._known_in_part.update(self._shared_ends.add(text.text, index, secret.name))
        if len(self._known_in_part) == known:
            self._open_pending += self._still_open(secret)
            return
        self._open_layers = self._no_open_layers()
        self._open_pending = [text for each in self.secrets for text in self._still_open(each)]

    def _still_open(self, secret: _Secret) -> list[OpenText]:
        return [each for each in secret.open_texts if each.kernel not in self._known_in_part]

    def _expire(self) -> None:
        for covered in self._all_covered():
            covered.current = False

    def _all_covered(self) -> Iterator[Covered]:
        yield self.everything
        yield from list(self._covered.values())


class Covered:
    """The secrets that were given to an audience, or all, and the snapshot of the moment."""

    def __init__(self, inventory: Inventory, names: frozenset[str] | None) -> None:
        """Begin with nothing compiled; without `names`, all secrets are covered."""
        self._inventory = inventory
        self._names = names
        self.layers: Layers[Pattern, Layer] = Layers(self._compile, inventory.lock, self._expire)
        self._passing: tuple[Layer, ...] = ()
        self._passing_changes = self._taken = 0
        self._naming = Naming()
        self._snapshot: Snapshot | None = None
        self.current = False
        """Whether the snapshot lacks nothing."""

    def snapshot(self) -> Snapshot:
        """Return the snapshot that knows everything added before this call."""
        if not self.current or self._snapshot is None:
            with self._inventory.lock:
                if not self.current or self._snapshot is None:
                    self._snapshot = self._next()
                    # Not before: if it fails, such as for want of memory, it is all done again.
                    self.current = True
        return self._snapshot

    def covers(self, secret: _Secret) -> bool:
        """Return whether a secret is among these."""
        return self._names is None or secret.key in self._names

    def _next(self) -> Snapshot:
        inventory, policy = self._inventory, self._inventory.policy
        new = [
            pattern
            for secret in inventory.secrets[self._taken :]
            if self.covers(secret) and not secret.passing
            for pattern in secret.patterns
        ]
        newest = self.layers.add(new) if new else None
        self._taken = len(inventory.secrets)
        layers = tuple(self.layers)
        names = [secret.name if self.covers(secret) else None for secret in inventory.secrets]
        self._naming.update(names, layers, newest)
        namings = [self._naming]
        open_layers: tuple[OpenLayer, ...] = ()
        if self._names is not None:
            open_layers = inventory.open_layers()
            namings.append(Naming(inventory.open_bracketed))
            namings[-1].update(names, open_layers, None)
        passing = self._passing_layers()
        if passing:
            namings.append(Naming())
            namings[-1].update(names, passing, passing[0])
        return Snapshot(
            (*layers, *passing),
            open_layers,
            labels_of(names, namings),
            policy.through_escapes,
            policy.through_cuts,
            by_line=self._names is not None,
        )

    def _passing_layers(self) -> tuple[Layer, ...]:
        if self._passing_changes != self._inventory.passing_changes:
            patterns = [
                pattern
                for secret in self._inventory.secrets
                if secret.passing and self.covers(secret)
                for pattern in secret.patterns
            ]
            self._passing = (self._compile(patterns),) if patterns else ()
            self._passing_changes = self._inventory.passing_changes
        return self._passing

    def _compile(self, patterns: list[Pattern]) -> Layer:
        return Layer(patterns, self._inventory.tier)

    def _expire(self) -> None:
        self.current = False
