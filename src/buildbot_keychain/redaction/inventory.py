"""All secrets of a redactor, and by which names they are given.

`Inventory` owns the list of secrets. Adding one only notes what is looked for, packed; a `Covered`
compiles it for the audiences that it was given to. What is hidden from everybody, `OpenTexts`, is
the same for all audiences.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from weakref import WeakValueDictionary

from buildbot_keychain.secretive import secretive

from .compiler import Compiler
from .covered import MANY, Covered
from .forms.expansion import LARGEST, Expansion, expand
from .open_texts import OpenTexts
from .packed import PackedPatterns, PackedTexts
from .policy import RedactionPolicy
from .recent import Recent
from .secret import Secret

__all__ = ["Inventory"]

MOST = 2_000_000
"""Patterns in all; beyond them, new values are hidden as they stand and in no other form."""

MOST_PASSING = 400_000
"""The same, for passing secrets, which strangers choose: the others do not pay for them."""

LARGEST_PASSING = 4096
"""The number of patterns of one passing secret beyond which no more forms are added."""


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
        self.compiler = Compiler(tier)
        self.open_texts = OpenTexts(self.secrets, tier, self.lock, self.expire)
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
            secret.layer = self.compiler.new_layer_of(patterns)
        elif not passing:
            secret.open_texts = PackedTexts(expansion.open_texts, self.tier)
            if ahead or secret.patterns.count >= MANY:
                # The next text takes it, if it is kept so long.
                self.compiler.layer_of(secret.patterns)
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
                self.open_texts.add(index, secret)
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
        self.open_texts.settle()
        for covered in self._all_covered():
            covered.layers.settle()

    def expire(self) -> None:
        """Have the next text of any readers get another snapshot. Lock held."""
        for covered in self._all_covered():
            covered.expire()

    def _all_covered(self) -> Iterator[Covered]:
        yield self.everything
        yield from list(self._covered.values())
