"""The ends of patterns, which are looked up by their last bytes."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter

from buildbot_keychain.secretive import secretive

from .normalisation import DROPPED, Normalisation
from .pattern import Pattern

__all__ = ["GRAM", "Ends", "Least", "has_ends"]

GRAM = 4
"""Bytes by which ends are told apart."""

_BLANK_AND_MORE = re.compile(rb"(?=( .{%d}))" % (GRAM - 1), re.DOTALL)
_DROPPED = {bytes((byte,)) for byte in DROPPED}


@secretive
class Ends:
    """The ends of patterns that stand on one line."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        """Index the patterns."""
        secrets: dict[bytes, int] = {}
        for pattern in patterns:
            if has_ends(pattern):
                known = secrets.setdefault(pattern.text, pattern.secret)
                secrets[pattern.text] = min(known, pattern.secret)
        self._texts = sorted(secrets, key=_backwards)
        self._secrets = Least([secrets[text] for text in self._texts])
        self._lasts = {text[-GRAM:] for text in self._texts}
        self._blanks = {
            match[1] for text in self._texts for match in _BLANK_AND_MORE.finditer(text)
        }

    def may_start(self, data: bytes, *, final: bool = False) -> bool:
        """Return whether data (bytes), which goes on unless it is `final`, may start with an end.

        Of white space it may start with a blank, if an end does.
        """
        if data[:1] not in _DROPPED:
            return True
        if len(data) < GRAM:
            return not final and any(each.startswith(data) for each in self._blanks)
        return data[:GRAM] in self._blanks

    def starting(self, data: bytes, least: int) -> Iterator[tuple[int, int]]:
        """Yield how long the ends are with which data (bytes) starts, and the secret of each.

        :param least: bytes, `GRAM` or more. A whole pattern is an end, too.
        """
        for size in range(least, len(data) + 1):
            if data[size - GRAM : size] in self._lasts:
                # Neither many texts that end like this take longer, nor long ones.
                backwards, key = data[size - 1 :: -1], itemgetter(slice(None, -size - 1, -1))
                first = bisect.bisect_left(self._texts, backwards, key=key)
                last = bisect.bisect_right(self._texts, backwards, first, key=key)
                if first < last:
                    yield size, self._secrets.between(first, last)


class Least:
    """The least of any successive numbers of a list."""

    def __init__(self, numbers: list[int]) -> None:
        """Take the numbers."""
        # Of each size that is a power of two, the least from each place on.
        self._least = [numbers]
        while 1 << len(self._least) <= len(numbers):
            step = len(self._least) - 1
            before = self._least[-1]
            self._least.append(list(map(min, before, before[1 << step :])))

    def between(self, first: int, last: int) -> int:
        """Return the least from a place to before another."""
        power = (last - first).bit_length() - 1
        least = self._least[power]
        return min(least[first], least[last - (1 << power)])


def has_ends(pattern: Pattern) -> bool:
    """Return whether what stands behind an ellipsis may be an end of a pattern."""
    spaced = pattern.normalisation is Normalisation.SPACED
    return not (pattern.is_word or spaced) and b"\n" not in pattern.text


def _backwards(text: bytes) -> bytes:
    return text[::-1]
