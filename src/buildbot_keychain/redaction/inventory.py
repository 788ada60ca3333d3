"""All secrets of a redactor, and what is compiled of them for each audience.

`Inventory` owns the list of secrets. Adding one only notes it; layers are compiled when a text next
needs them, so that one more secret among thousands costs what one secret costs.

A `Covered` is the secrets that were given to an audience, with its snapshot of the moment. The
audiences of equal sets share one. The open layers, for everybody else, are the same for all.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from buildbot_keychain.secretive import secretive

from .forms.expansion import LARGEST, Expansion, expand
from .matching.layer import Layer
from .matching.layers import Layers
from .matching.open_layer import OpenLayer
from .output.labels import ANONYMOUS_LABEL
from .output.naming import Naming, labels_of
from .shared_ends import SharedEnds
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .forms.unguessable import OpenText
    from .matching.pattern import Pattern
    from .policy import RedactionPolicy

__all__ = ["Covered", "Inventory"]

MOST = 2_000_000
"""Patterns in all; beyond them, new values are hidden as they stand and in no other form."""

MANY = 500
"""A secret with so many patterns is compiled on its own, before texts have to wait for it."""

RECENT = 64
"""So many sets of secrets stay compiled after the last audience they were given to."""


@secretive
@dataclass(repr=False)
class _Secret:
    key: str | None = None
    """By this it is given: its name, or something of its own, which begins with name and NUL.

    ``None`` if there is no secret here, not yet or not any more.
    """
    name: str = ""
    patterns: list[Pattern] = field(default_factory=list)
    open_texts: Collection[OpenText] = ()
    passing: bool = False
    """Whether it will be forgotten, and is no secret to anyone it was not given to."""
    layer: Layer | None = None
    open_layer: OpenLayer | None = None
    """The compiled forms of very many patterns, made before the secret counts."""

    @property
    def forgotten(self) -> bool:
        """Whether the place is free for another passing secret."""
        return self.passing and self.key is None


@secretive
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
        self._count = 0
        self._covered: WeakValueDictionary[frozenset[str], Covered] = WeakValueDictionary()
        self._recent: deque[Covered] = deque(maxlen=RECENT)
        self._shared_ends = SharedEnds()
        self._known_in_part: set[str] = set()
        self._open_layers = self._no_open_layers()
        self._open_pending: list[OpenText] = []
        self.like_a_label: set[bytes] = set()
        """The texts in open layers in which the label may stand that names no secret."""
        self.everything = Covered(self, None)

    def add(
        self, name: str, value: str, *, passing: bool = False, apart: bool = False
    ) -> tuple[str, Expansion]:
        """Add a secret; return by which key it is given, and what is looked for. Lock not held.

        Until it returns, texts are redacted without it, and wait for nothing.

        :param apart: whether it is not given with other values of its name.
        """
        with self.lock:
            index = self._reserve(passing=passing)
            limit = LARGEST if self._count < MOST else 0
        expansion = expand(value, index, self.policy, limit=limit)
        secret = _Secret(name, name, expansion.patterns, passing=passing)
        if not passing:
            secret.open_texts = expansion.open_texts
            if len(expansion.patterns) >= MANY:
                secret.layer = Layer(expansion.patterns, self.tier)
                secret.open_layer = self._compile_open(list(secret.open_texts))
        with self.lock:
            self._count += len(expansion.patterns)
            if not expansion.complete:
                self.fewer_forms.add(name)
            key = name
            if passing:
                self.passing_changes += 1
                secret.key = key = f"{name}\0{self.passing_changes}"
            else:
                if apart and any(each.key == name for each in self.secrets):
                    secret.key = key = f"{name}\0value {index}"
                self._open(index, secret)
            self.secrets[index] = secret
            self._expire()
        return key, expansion

    def _reserve(self, *, passing: bool) -> int:
        """Return the index of a new secret. Lock held."""
        index = len(self.secrets)
        if passing:
            index = next((at for at, each in enumerate(self.secrets) if each.forgotten), index)
        self.secrets[index : index + 1] = [_Secret()]
        return index

    def forget(self, key: str) -> None:
        """Forget a passing secret; it is no error if there is none. Lock held."""
        for index, secret in enumerate(self.secrets):
            if secret.passing and secret.key == key:
                self._count -= len(secret.patterns)
                self.secrets[index] = _Secret(passing=True)
                self.passing_changes += 1
                for covered in [each for each in self._recent if each.covers(secret)]:
                    self._recent.remove(covered)
        self._expire()

    def covered(self, names: frozenset[str]) -> Covered:
        """Return what is compiled of the secrets that were given to an audience."""
        with self.lock:
            covered = self._covered.get(names)
            if covered is None:
                covered = Covered(self, names)
                if part := self._most_of(names):
                    covered.begin_with(part)
                self._covered[names] = covered
                self._recent.append(covered)
            return covered

    def _most_of(self, names: frozenset[str]) -> Covered | None:
        """Return what is compiled of most of the names, and of nothing else. Lock held."""
        parts = (each for each in self._recent if each.names is not None and each.names < names)
        return max(parts, key=lambda part: len(part.taken), default=None)

    def settle(self) -> None:
        """Wait until what was added is compiled for good. Lock not held."""
        self._open_layers.settle()
        for covered in self._all_covered():
            covered.layers.settle()

    def open_layers(self) -> tuple[OpenLayer, ...]:
        """Return the layers for everybody. Lock held."""
        if self._open_pending:
            self._open_layers.add(self._open_pending)
            self._open_pending = []
        return tuple(self._open_layers)

    def _no_open_layers(self) -> Layers[OpenText, OpenLayer]:
        return Layers(self._compile_open, self.lock, self._expire)

    def _compile_open(self, texts: list[OpenText]) -> OpenLayer:
        return OpenLayer(texts, self.tier)

    def _open(self, index: int, secret: _Secret) -> None:
        """Have a new secret hidden from everybody, as far as it shares too little with others."""
        known = len(self._known_in_part)
        for kernel in dict.fromkeys(text.kernel for text in secret.open_texts):
            self._known_in_part.update(self._shared_ends.add(kernel, index, secret.name))
        self.like_a_label.update(
            each.text
            for text in secret.open_texts
            for each in text.patterns
            if ANONYMOUS_LABEL in each.text
        )
        open_texts = self._still_open(secret)
        if len(self._known_in_part) != known:
            self._open_layers = self._no_open_layers()
            others = (text for each in self.secrets for text in self._still_open(each))
            self._open_pending = [*others, *open_texts]
        elif secret.open_layer is not None and len(open_texts) == len(secret.open_texts):
            self._open_layers.add(open_texts, secret.open_layer)
        else:
            self._open_pending += open_texts

    def _still_open(self, secret: _Secret) -> list[OpenText]:
        return [each for each in secret.open_texts if each.kernel not in self._known_in_part]

    def _expire(self) -> None:
        for covered in self._all_covered():
            covered.latest = None

    def _all_covered(self) -> Iterator[Covered]:
        yield self.everything
        yield from list(self._covered.values())


@secretive
class Covered:
    """The secrets that were given to an audience, or all, and the snapshot of the moment."""

    def __init__(self, inventory: Inventory, names: frozenset[str] | None) -> None:
        """Begin with nothing compiled; without `names`, all secrets are covered."""
        self._inventory = inventory
        self.names = names
        self.layers: Layers[Pattern, Layer] = Layers(
            self._compile, inventory.lock, self._expire, merge=names is None
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

    def covers(self, secret: _Secret) -> bool:
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
        open_layers: tuple[OpenLayer, ...] = ()
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
        for index in new:
            layer = secrets[index].layer
            if layer is not None:
                self.layers.add(secrets[index].patterns, layer)
                self._naming.update(names, tuple(self.layers), layer)
                self.taken.add(index)
        small = [index for index in new if index not in self.taken]
        if small:
            newest = self.layers.add(each for index in small for each in secrets[index].patterns)
            self._naming.update(names, tuple(self.layers), newest)
            self.taken.update(small)

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
        self.latest = None
