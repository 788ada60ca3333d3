"""Finding every occurrence of many byte strings in a text.

`compile_keys` gives a `Matcher` whose `find` lists every occurrence of every key, overlapping ones
too, in no promised order. All matchers give the same set; they differ in speed alone:

- a few keys: one `bytes.find` loop each;
- many keys: each key is represented by its *anchor*, one short and telling piece of it. A scanner
  finds the anchors, and then their `Owners` tell which of the keys with that anchor are there, so
  that the number of keys costs nothing.

Keys are UTF-8 and never empty. Matchers are immutable and may be used from several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from .anchors import ANCHOR, anchor_of
from .families import Owners
from .scanners import BLOCK, TIERS, scanner, vector_look

__all__ = ["TIERS", "Matcher", "Occurrence", "Thick", "compile_keys"]

Occurrence = tuple[int, int, int]
"""Start, end (both in bytes) and the index of the key."""

FEW = {"native": 16, "stdlib": 40}
"""Up to this many keys are each looked for on their own."""

PATIENCE = {"native": 1 / 16_384, "stdlib": 1 / 131_072}
"""Anchors a byte and key: finding more takes longer than looking for each key on its own."""

REPETITIVE = 32
"""Up to this many repetitive keys are each looked for on their own."""

PERIOD = 64
"""The longest period, in bytes, of a key that is treated as repetitive."""


class Thick(Exception):
    """There is something, and to replace one key after the other is quicker than to list it."""


class Matcher(Protocol):
    """Finds keys in a text."""

    look: Callable[[str], object] | None
    """What `suspect` does, for a text (str), if that is quicker for short ones."""

    def find(
        self,
        data: bytes,
        *,
        every: bool = True,
        patient: bool = True,
    ) -> list[Occurrence]:
        """List all occurrences in data (bytes); of one key, overlapping ones may be one.

        Unless `every` one is wanted, those of solid keys that lie in another may be left out.
        Unless it is `patient` it may raise `Thick` instead.
        """

    def suspect(self, data: bytes) -> object:
        """Take a quick look at data (bytes): something false if there is no occurrence for sure."""


def compile_keys(
    keys: Sequence[bytes],
    tier: str = TIERS[0],
    solid: Sequence[bool] | None = None,
) -> Matcher:
    """Build the matcher for the keys (bytes, distinct, not empty) in a tier of `TIERS`.

    `solid` says of each key whether one of its occurrences is dispensable if it lies in one of
    another such key. Raises `ValueError` if this machine does not have the tier.
    """
    if tier not in TIERS:
        raise ValueError(f"no such engine tier here: {tier!r}; there is {', '.join(TIERS)}")
    indices = range(len(keys))
    if len(keys) <= FEW[tier]:
        return _Few(keys, indices, tier)
    solid = solid or [False] * len(keys)
    # A repetitive key overlaps itself; as one of a few, a long run of it is one occurrence.
    repetitive = [index for index in indices if _period(keys[index], ANCHOR)]
    if not 0 < len(repetitive) <= REPETITIVE:
        return _Anchored(keys, indices, tier, solid)
    others = sorted(set(indices).difference(repetitive))
    plain = _Few(keys, repetitive, tier)
    return _Both(plain, _Anchored(keys, others, tier, solid)) if others else plain


class _Both:
    """Two matchers, each for some of the keys."""

    look: Callable[[str], object] | None = None

    def __init__(self, one: Matcher, other: Matcher) -> None:
        self._one = one
        self._other = other

    def suspect(self, data: bytes) -> object:
        return self._one.suspect(data) or self._other.suspect(data)

    def find(
        self,
        data: bytes,
        *,
        every: bool = True,
        patient: bool = True,
    ) -> list[Occurrence]:
        found = self._one.find(data, every=every, patient=patient)
        return found + self._other.find(data, every=every, patient=patient)


class _Few:
    """One search for each key."""

    def __init__(self, keys: Sequence[bytes], indices: Iterable[int], tier: str) -> None:
        self._keys = tuple((index, keys[index], _period(keys[index], PERIOD)) for index in indices)
        self._bytes = tuple(key for _, key, _ in self._keys)
        self._texts = tuple(key.decode("utf-8", "surrogatepass") for key in self._bytes)
        self._vector = vector_look(self._bytes) if tier == "native" else None
        self.look: Callable[[str], object] | None = None
        if self._vector is not None:
            self.suspect = self._vector  # type: ignore[assignment,method-assign]
        elif len(self._keys) == 1:
            (only,) = self._texts
            self.look = lambda text: only in text
        else:
            self.look = self._look

    def suspect(self, data: bytes) -> object:
        return any(data.find(key) >= 0 for key in self._bytes)

    def _look(self, text: str) -> bool:
        for key in self._texts:  # noqa: SIM110 - a generator costs more than the search in a line
            if key in text:
                return True
        return False

    def find(
        self,
        data: bytes,
        *,
        every: bool = True,  # noqa: ARG002
        patient: bool = True,
    ) -> list[Occurrence]:
        found: list[Occurrence] = []
        if not patient:
            if self.suspect(data):
                raise Thick
            return found
        if self._vector is not None and not self._vector(data):
            return found
        for index, key, period in self._keys:
            at = data.find(key)
            while at >= 0:
                end = at + len(key)
                if period and data.startswith(key[:period], end):
                    end += (_repeated(data, end, period) - end) // period * period
                found.append((at, end, index))
                at = data.find(key, end - len(key) + 1)
        return found


def _period(key: bytes, longest: int) -> int:
    """After how many bytes, at most half the key, the key repeats itself; 0 for never."""
    for period in range(1, min(longest, len(key) // 2) + 1):
        if key.startswith(key[period:]):
            return period
    return 0


def _repeated(data: bytes, end: int, period: int) -> int:
    """How far the data goes on after `end` as it was one period before."""
    step = period
    while step:
        piece = data[end : end + step]
        if len(piece) == step and piece == data[end - period : end - period + step]:
            end += step
            step *= 2
        else:
            step //= 2
    return end


class _Anchored:
    """Anchors found by a scanner, keys found by families."""

    look: Callable[[str], object] | None = None

    def __init__(
        self,
        keys: Sequence[bytes],
        indices: Iterable[int],
        tier: str,
        solid: Sequence[bool],
    ) -> None:
        owners: dict[bytes, list[tuple[bytes, int, int, bool]]] = {}
        for index in indices:
            key = keys[index]
            offset, anchor = anchor_of(key)
            owners.setdefault(anchor, []).append((key, offset, index, solid[index]))
        self._owners = [Owners(members) for members in owners.values()]
        found = scanner(tuple(owners), tier)
        self._scan = found.scan
        self.suspect = found.suspect
        self._patience = PATIENCE[tier] * sum(map(len, owners.values()))

    def find(
        self,
        data: bytes,
        *,
        every: bool = True,
        patient: bool = True,
    ) -> list[Occurrence]:
        found: list[Occurrence] = []
        for at, anchor in self._scan(data) if patient else self._scan_until_thick(data):
            found += self._owners[anchor].find(data, at, every=every)
        return found

    def _scan_until_thick(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Scan in blocks that grow, while it takes less than a search for each key would."""
        seen = at = 0
        block = BLOCK
        while at < len(data):
            allowed = (at + block) * self._patience
            for start, anchor in self._scan(data[at : at + block + ANCHOR - 1]):
                if start < block:
                    seen += 1
                    if seen > allowed:
                        raise Thick
                    yield at + start, anchor
            at += block
            block *= 4
