"""`abbreviated`: few patterns for many names, which match these and none of some others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, takewhile

from buildbot_keychain.patterns import ANYTHING


def abbreviated(names: Collection[str], others: Collection[str]) -> list[str]:
    """Return patterns that match all of `names` and none of `others`, in order.

    A ``*`` stands at the end of a pattern alone, after a character that is not a letter or digit,
    and for at least two of the names.
    """
    chosen, avoided = sorted(set(names)), sorted(set(others) - set(names))
    patterns: list[str] = []
    covered = ""
    for name in chosen:
        if covered and name.startswith(covered):
            continue
        possible = [prefix for prefix in _prefixes(name) if not _count(avoided, prefix)]
        # The shortest covers the most, and the longest that covers as much, nothing else.
        most = _count(chosen, possible[0]) if possible else 0
        covered = max((p for p in possible if _count(chosen, p) == most > 1), key=len, default="")
        patterns.append(covered + ANYTHING if covered else name)
    return patterns


def _prefixes(name: str) -> Iterator[str]:
    """Yield what `name` begins with, up to each character that is not a letter or digit."""
    for place, character in enumerate(name, 1):
        if not character.isalnum() and place < len(name):
            yield name[:place]


def _count(names: Sequence[str], prefix: str) -> int:
    """Return how many of the sorted `names` begin with `prefix`."""
    following = islice(names, bisect_left(names, prefix), None)
    return sum(1 for _ in takewhile(lambda name: name.startswith(prefix), following))
