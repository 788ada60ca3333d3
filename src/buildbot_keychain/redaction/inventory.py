"""All secrets of a redactor, and what is compiled of them.

`Inventory` owns the list of secrets. Adding one only notes what is looked for, packed; a `Covered`
compiles it for the audiences that it was given to. What is hidden from everybody is in the open
layers, which are the same for all audiences.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from weakref import WeakValueDictionary

from buildbot_keychain.secretive import secretive

from .covered import AHEAD, MANY, Covered
from .forms.expansion import LARGEST, Expansion, expand
from .matching.finder import Finder
from .matching.indexed_layer import IndexedLayer
from .matching.indexed_open_layer import IndexedOpenLayer
from .matching.kept_layers import KeptLayers
from .matching.layer import Layer
from .matching.layers import Layers
from .matching.merged_layer import MergedLayer
from .matching.open_layer import open_layer
from .output.labels import ANONYMOUS_LABEL
from .packed import PackedPatterns, PackedTexts, unpacked
from .policy import RedactionPolicy
from .recent import Recent
from .shared_ends import SharedEnds
from .shared_insides import SharedInsides

__all__ = ["Inventory", "Secret"]

MOST = 2_000_000
"""Patterns in all; beyond them, new values are hidden as they stand and in no other form."""

MOST_PASSING = 400_000
"""The same, for passing secrets, which strangers choose: the others do not pay for them."""

LARGEST_PASSING = 4096
"""The number of patterns of one passing secret beyond which no more forms are added."""

INDEXED = 50_000
"""From so many patterns on, a layer compiles of a secret what texts need of it."""


_NO_PATTERNS, _NO_TEXTS = PackedPatterns(()), PackedTexts(())


@secretive
@dataclass(repr=False)
class Secret:
    """One secret, or the place for one."""

    key: str | None = None
    """By this it is given: its name, or something of its own, which begins with name and NUL.

    ``None`` if there is no secret here, not yet or not any more.
    """
    name: str = ""
    patterns: PackedPatterns = _NO_PATTERNS
    open_texts: PackedTexts = _NO_TEXTS
    passing: bool = False
    """Whether it will be forgotten, and is no secret to anyone it was not given to."""
    known: AbstractSet[str] = frozenset()
    """Of a passing secret: the live set of what was given to whoever chose it."""
    layer: Layer | None = None
    """What is compiled of it, if it is passing and has many patterns."""

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
        self.secrets: list[Secret] = []
        self.passing_changes = 0
        """How many times a passing secret came or went."""
        self.fewer_forms: set[str] = set()
        self._count = self._passing_count = 0
        self._by_key: dict[str, list[int]] = {}
        self._names: set[str] = set()
        self._covered: WeakValueDictionary[frozenset[str], Covered] = WeakValueDictionary()
        self._recent = Recent()
        self._shared_ends = SharedEnds()
        self._shared_insides = SharedInsides()
        self._known_in_part: set[str] = set()
        self._open_layers = self._no_open_layers()
        self._open_pending: list[PackedTexts] = []
        self._opening = threading.Lock()
        self.layer_of = KeptLayers(self._layer_of)
        """Return the layer of one secret's patterns."""
        self._open_layer_of = KeptLayers(self._layer_of_texts)
        self.like_a_label: set[bytes] = set()
        """The texts in open layers in which the label may stand that names no secret."""
        self.everything = Covered(self, None)

    def add(
        self,
        name: str,
        value: str,
        *,
        passing: bool = False,
        known: AbstractSet[str] = frozenset(),
        apart: bool = False,
        plain: bool = False,
        ahead: bool = False,
    ) -> tuple[str, Expansion]:
        """Add a secret; return by which key it is given, and what is looked for. Lock not held.

        Until it returns, texts are redacted without it. The next one has it compiled: alone, or
        with what is new beside it, which takes seconds if that is very much (`Covered.snapshot`).

        :param known: of a passing secret, the live set of what was given to whoever chose it.
        :param apart: whether it is not given with other values of its name.
        :param plain: whether it is hidden as it stands and in no other form.
        :param ahead: whether it is compiled here, so that the next text does not wait for it.
        """
        with self.lock:
            index = self._reserve(passing=passing)
            limit = 0 if plain else self._limit(passing=passing)
        expansion = expand(value, index, self.policy, limit=limit)
        patterns = PackedPatterns(expansion.patterns)
        secret = Secret(name, name, patterns, passing=passing, known=known)
        if passing and patterns.count >= MANY:
            secret.layer = self._layer_of(patterns)
        elif not passing:
            secret.open_texts = PackedTexts(expansion.open_texts, self.tier)
            if ahead or secret.patterns.count >= MANY:
                self.layer_of(secret.patterns)  # which the next text takes, if it is kept so long
        with self.lock:
            if passing:
                self._passing_count += secret.patterns.count
            else:
                self._count += secret.patterns.count
            if not expansion.complete:
                self.fewer_forms.add(name)
            key = name
            if passing:
                self.passing_changes += 1
                secret.key = key = f"{name}\0{self.passing_changes}"
            else:
                if apart and name in self._names:
                    secret.key = key = f"{name}\0value {index}"
                self._names.add(name)
                self._open(index, secret)
            self.secrets[index] = secret
            self._by_key.setdefault(key, []).append(index)
            self.expire()
        return key, expansion

    def _limit(self, *, passing: bool) -> int:
        """Return the number of patterns that one more secret may have. Lock held."""
        if passing:
            return LARGEST_PASSING if self._passing_count < MOST_PASSING else 0
        return LARGEST if self._count < MOST else 0

    def _reserve(self, *, passing: bool) -> int:
        """Return the index of a new secret. Lock held."""
        index = len(self.secrets)
        if passing:
            index = next((at for at, each in enumerate(self.secrets) if each.forgotten), index)
        self.secrets[index : index + 1] = [Secret()]
        return index

    def forget(self, key: str) -> None:
        """Forget a passing secret; it is no error if there is none. Lock held."""
        for index in self._by_key.get(key, ()):
            secret = self.secrets[index]
            if secret.passing:
                for each in self._all_covered():
                    each.drop_passing(secret.patterns)
                self._passing_count -= secret.patterns.count
                self.secrets[index] = Secret(passing=True)
                self.passing_changes += 1
                self._recent.drop(key)
                del self._by_key[key]
        self.expire()

    def given(self, names: frozenset[str] | None) -> list[int]:
        """Return the secrets, by their index, that were given by these names, or all. Lock held."""
        if names is None:
            return [at for at, secret in enumerate(self.secrets) if secret.key is not None]
        return sorted(index for name in names for index in self._by_key.get(name, ()))

    def covered(self, names: frozenset[str]) -> Covered:
        """Return what is compiled of the secrets that were given to an audience."""
        with self.lock:
            covered = self._covered.get(names)
            if covered is None:
                covered = Covered(self, names)
                if part := self._recent.most_of(names):
                    covered.begin_with(part)
                self._covered[names] = covered
            self._recent.keep(covered)
            return covered

    def lag(self, names: frozenset[str] | None) -> int:
        """Return how many patterns the next text for these readers waits for. Lock not held."""
        covered = self.everything if names is None else self.covered(names)
        with self.lock:
            return covered.lag()

    def settle(self) -> None:
        """Wait until what texts have needed is compiled for good. Lock not held."""
        self._open_layers.settle()
        for covered in self._all_covered():
            covered.layers.settle()

    def compile(self, parts: Sequence[PackedPatterns], *, passing: bool = False) -> Layer:
        """Return the layer of secrets that are given together; nothing of passing ones is kept."""
        if self.is_indexed(parts):
            return IndexedLayer(parts, self._layer_of if passing else self.layer_of, self.tier)
        return Layer(unpacked(parts), self.tier)

    def merge(self, parts: Sequence[PackedPatterns], layers: Sequence[Layer]) -> Layer:
        """Return the layer of secrets of which there are several layers."""
        return self.compile(parts) if self.is_indexed(parts) else MergedLayer(layers, self.tier)

    def is_indexed(self, parts: Sequence[PackedPatterns]) -> bool:
        """Return whether there are so many patterns that few of them are compiled at a time."""
        return sum(part.count for part in parts) >= INDEXED

    def _layer_of(self, part: PackedPatterns) -> Layer:
        return Layer(part.unpack(), self.tier)

    def open_ahead(self) -> None:
        """Compile what is new for everybody, if it is much. Lock not held.

        Meanwhile secrets may be added. What else needs these layers waits, and does not compile
        them again.
        """
        with self._opening:
            with self.lock:
                pending = list(self._open_pending)
            if sum(part.count for part in pending) < AHEAD:
                return
            compiled = self._compile_open(pending)
            with self.lock:
                # If something of it can be guessed now, it is not to be hidden any more.
                if self._open_pending[: len(pending)] == pending:
                    self._open_layers.add(pending, compiled)
                    del self._open_pending[: len(pending)]

    def open_layers(self) -> tuple[IndexedOpenLayer[PackedTexts], ...]:
        """Return the layers for everybody. Lock held."""
        if self._open_pending:
            self._open_layers.add(self._open_pending)
            self._open_pending = []
        return tuple(self._open_layers)

    def _no_open_layers(self) -> Layers[PackedTexts, IndexedOpenLayer[PackedTexts]]:
        return Layers(self._compile_open, self.lock, self.expire)

    def _compile_open(self, parts: list[PackedTexts]) -> IndexedOpenLayer[PackedTexts]:
        return IndexedOpenLayer(parts, self._open_layer_of, self._layer_of_all_texts, self.tier)

    def _layer_of_texts(self, part: PackedTexts) -> Finder:
        return self._layer_of_all_texts([part])

    def _layer_of_all_texts(self, parts: Sequence[PackedTexts]) -> Finder:
        return open_layer((text for part in parts for text in part.unpack()), self.tier)

    def _open(self, index: int, secret: Secret) -> None:
        """Have a new secret hidden from everybody, as far as it shares too little with others."""
        known: set[str] = set()
        for kernel in secret.open_texts.kernels:
            known |= self._shared_ends.add(kernel, index, secret.key or secret.name)
        known |= self._shared_insides.add(secret.open_texts.texts, index)
        self.like_a_label.update(
            each.text for each in secret.open_texts.bracketed if ANONYMOUS_LABEL in each.text
        )
        known -= self._known_in_part
        self._known_in_part |= known
        if known:
            self._close(known)
        secret.open_texts = secret.open_texts.without(self._known_in_part)
        if secret.open_texts.count:
            self._open_pending.append(secret.open_texts)

    def _close(self, known: Collection[str]) -> None:
        """Hide no longer from everybody what can be guessed now; compile what holds it again."""
        replaced: dict[PackedTexts, PackedTexts] = {}
        for secret in self.secrets:
            before, after = secret.open_texts, secret.open_texts.without(known)
            if after is not before:
                secret.open_texts = replaced[before] = after
        layers, pending = self._no_open_layers(), self._open_pending
        for parts, compiled in self._open_layers.items():
            if replaced.keys().isdisjoint(parts):
                layers.add(parts, compiled)
            else:
                pending = [*parts, *pending]
        self._open_pending = [part for each in pending if (part := replaced.get(each, each)).count]
        self._open_layers = layers

    def expire(self) -> None:
        """Have the next text of any readers get another snapshot. Lock held."""
        for covered in self._all_covered():
            covered.expire()

    def _all_covered(self) -> Iterator[Covered]:
        yield self.everything
        yield from list(self._covered.values())
