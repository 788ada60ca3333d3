"""Which of many keys stand at one position of a text, however many of them are alike.

Sorted keys that are prefixes of one another form trees: the parent of a key is the longest other
key that is a prefix of it. If any key stands at a position, then the last one that is not greater
than the text there agrees with it for some length, and the longest key at that position is the
nearest ancestor of it, itself included, that is no longer than that. The other keys at that
position are the ancestors of that one.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["PrefixTree", "common_prefix"]

T = TypeVar("T")


class PrefixTree(Generic[T]):
    """An immutable mapping of keys (bytes) that is asked by position."""

    def __init__(self, members: Iterable[tuple[bytes, T]]) -> None:
        """Build the trees from distinct keys and what each stands for."""
        ordered = sorted(members, key=lambda member: member[0])
        self._keys = [key for key, _ in ordered]
        self._values = [value for _, value in ordered]
        self._longest = max(map(len, self._keys))
        self._parent: list[int] = []
        self._jump: list[int] = []
        self._depth: list[int] = []
        path: list[int] = []
        for at, key in enumerate(self._keys):
            while path and not key.startswith(self._keys[path[-1]]):
                path.pop()
            self._grow(path[-1] if path else -1)
            path.append(at)

    def _grow(self, parent: int) -> None:
        """Add a key whose parent is there. Jumps lead to ancestors far away, in logarithmic steps.

        Source: Myers, "An applicative random-access stack", 1983.
        """
        near = self._jump[parent] if parent >= 0 else -1
        far = self._jump[near] if near >= 0 else -1
        even = self._deep(parent) - self._deep(near) == self._deep(near) - self._deep(far)
        self._jump.append(far if even else parent)
        self._parent.append(parent)
        self._depth.append(self._deep(parent) + 1)

    def _deep(self, at: int) -> int:
        return self._depth[at] if at >= 0 else 0

    def standing(self, data: bytes, start: int) -> Iterator[T]:
        """Yield what the keys that stand at `start` of data (bytes) stand for, longest first."""
        rest = data[start : start + self._longest]
        at = bisect.bisect_right(self._keys, rest) - 1
        if at >= 0 and not rest.startswith(self._keys[at]):
            agreed = common_prefix(self._keys[at], rest)
            while at >= 0 and len(self._keys[at]) > agreed:
                far = self._jump[at]
                at = far if far >= 0 and len(self._keys[far]) > agreed else self._parent[at]
        while at >= 0:
            yield self._values[at]
            at = self._parent[at]

    def begins(self, rest: bytes) -> bool:
        """Return whether a text (bytes) is a proper prefix of a key."""
        at = bisect.bisect_right(self._keys, rest)
        return at < len(self._keys) and self._keys[at].startswith(rest)


def common_prefix(one: bytes, other: bytes, start: int = 0) -> int:
    """Return the length of the longest common prefix of `one` and other[start:], by bisection."""
    low, high = 0, min(len(one), len(other) - start)
    while low < high:
        middle = (low + high + 1) // 2
        if other.startswith(one[low:middle], start + low):
            low = middle
        else:
            high = middle - 1
    return low
