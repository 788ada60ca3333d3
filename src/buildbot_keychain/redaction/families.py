"""Which of many keys stand at one place of a text, however many of them are alike.

Sorted keys that are beginnings of one another form trees: the parent of a key is the longest other
key that it begins with. If any key stands at a place, then the last one that is not greater than
the text there agrees with it for some length, and the longest key at that place is the nearest
ancestor of it, itself included, that is no longer than that. The other keys at that place are the
ancestors of that one.

`Family` does this for keys that begin at the place. For `Owners`, keys that all have one anchor,
the place is that of the anchor: what stands before it is such a family too, read backwards.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Family", "Owners"]


class Family:
    """An immutable set of keys (bytes, distinct), each with an index and whether it is solid."""

    def __init__(self, members: Iterable[tuple[bytes, int, bool]]) -> None:
        """Build the trees."""
        ordered = sorted(members)
        self._keys = [key for key, _, _ in ordered]
        self._indices = [index for _, index, _ in ordered]
        self.longest = max(map(len, self._keys))
        self.solid = all(solid for _, _, solid in ordered)
        self._parent: list[int] = []
        self._jump: list[int] = []
        self._depth: list[int] = []
        self._whole: list[bool] = []  # whether a key and all its ancestors are solid
        path: list[int] = []
        for at, (key, _, solid) in enumerate(ordered):
            while path and not key.startswith(self._keys[path[-1]]):
                path.pop()
            self._grow(path[-1] if path else -1, solid=solid)
            path.append(at)

    def _grow(self, parent: int, *, solid: bool) -> None:
        """Add a key whose parent is there. Jumps lead to ancestors far away, in logarithmic steps.

        Source: Myers, "An applicative random-access stack", 1983.
        """
        near = self._jump[parent] if parent >= 0 else -1
        far = self._jump[near] if near >= 0 else -1
        even = self._deep(parent) - self._deep(near) == self._deep(near) - self._deep(far)
        self._jump.append(far if even else parent)
        self._parent.append(parent)
        self._depth.append(self._deep(parent) + 1)
        self._whole.append(solid and (parent < 0 or self._whole[parent]))

    def _deep(self, at: int) -> int:
        return self._depth[at] if at >= 0 else 0

    def find(self, data: bytes, start: int, *, every: bool) -> Sequence[tuple[int, int, bool]]:
        """List the end, the index and whether it is solid of each key that stands at `start`.

        Unless `every` one is wanted, solid keys inside solid keys are left out.
        """
        at = self._longest(data, start)
        if at < 0:
            return ()
        found = []
        while at >= 0:
            whole = self._whole[at]
            found.append((start + len(self._keys[at]), self._indices[at], whole))
            at = -1 if whole and not every else self._parent[at]
        return found

    def standing(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the length and the index of each key that begins data (bytes), longest first."""
        at = self._longest(data, 0)
        while at >= 0:
            yield len(self._keys[at]), self._indices[at]
            at = self._parent[at]

    def _longest(self, data: bytes, start: int) -> int:
        if len(self._keys) == 1:
            return 0 if data.startswith(self._keys[0], start) else -1
        rest = data[start : start + self.longest]
        at = bisect.bisect_right(self._keys, rest) - 1
        if at < 0 or rest.startswith(self._keys[at]):
            return at
        agreed = _agreed(self._keys[at], rest)
        while at >= 0 and len(self._keys[at]) > agreed:
            far = self._jump[at]
            at = far if far >= 0 and len(self._keys[far]) > agreed else self._parent[at]
        return at


def _agreed(one: bytes, other: bytes) -> int:
    """The length of the longest common beginning, by bisection."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one.startswith(other[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


class Owners:
    """The keys that have one anchor, each with where it stands in them."""

    def __init__(self, members: Iterable[tuple[bytes, int, int, bool]]) -> None:
        """Take a key (bytes), the offset of the anchor in it, its index and whether it is solid."""
        owners = list(members)
        # Nearly every anchor has one owner, and that needs no search.
        self._single = owners[0] if len(owners) == 1 else None
        lefts: dict[bytes, list[tuple[bytes, int, bool]]] = {}
        for key, offset, index, solid in owners:
            lefts.setdefault(key[:offset], []).append((key[offset:], index, solid))
        ordered = sorted(lefts, key=len)
        self._left = ordered[0]
        self._lefts: Family | None = None
        if len(ordered) > 1:
            self._lefts = Family((left[::-1], at, True) for at, left in enumerate(ordered))
        self._rights: list[tuple[float, Family]] = []
        reach: float = 0
        for left in ordered:
            family = Family(lefts[left])
            # How far this one and those with less before the anchor reach, if they are solid.
            reach = max(reach, family.longest if family.solid else math.inf)
            self._rights.append((reach, family))

    def find(self, data: bytes, at: int, *, every: bool) -> list[tuple[int, int, int]]:
        """List the start, the end and the index of each key whose anchor stands at `at`.

        Unless `every` one is wanted, solid keys inside solid keys may be left out.
        """
        if self._single is not None:
            key, offset, index, _ = self._single
            start = at - offset
            there = start >= 0 and data.startswith(key, start)
            return [(start, start + len(key), index)] if there else []
        if self._lefts is None:
            if not data.endswith(self._left, 0, at):
                return []
            start = at - len(self._left)
            found = self._rights[0][1].find(data, at, every=every)
            return [(start, end, index) for end, index, _ in found]
        several: list[tuple[int, int, int]] = []
        covered = 0
        before = data[max(0, at - self._lefts.longest) : at][::-1]
        for size, left in self._lefts.standing(before):
            reach, family = self._rights[left]
            if at + reach <= covered and not every:
                break
            for end, index, solid in family.find(data, at, every=every):
                several.append((at - size, end, index))
                if solid:
                    covered = max(covered, end)
        return several
