"""The ends of the patterns of very many secrets, which are looked up by their last bytes.

Keys of a kind end alike, in all spellings. So a *tail* is no longer than it takes to tell few
secrets by it: where many have one already, the next pattern is noted by a tail of twice the length.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence

from buildbot_keychain.secretive import secretive

from .ends import GRAM, Ends
from .normalisation import DROPPED
from .words import note_owner

__all__ = ["IndexedEnds", "Tails"]

TAIL = 32
"""Bytes of the shortest tail, where a pattern is long enough."""


@secretive
class Tails:
    """Which units have patterns with a tail: its bytes, backwards."""

    def __init__(self) -> None:
        """Begin without any."""
        self.units: dict[bytes, tuple[int, ...]] = {}

    def add(self, text: bytes, unit: tuple[int]) -> None:
        """Note that a unit, alone in a tuple that all its patterns share, has a pattern (bytes).

        What ends in a tail of the unit needs no other. Of equal patterns, a few are enough.
        """
        size = TAIL
        while not note_owner(self.units, text[: -size - 1 : -1], unit) and size < len(text):
            size *= 2


@secretive
class IndexedEnds(Ends):
    """The ends of the patterns of units, by their tails, and those of the rest."""

    def __init__(
        self,
        tails: Tails,
        secrets: Sequence[int],
        rest: Sequence[Ends],
        ends_of: Callable[[int], Ends],
    ) -> None:
        """Take the tails of the patterns of units.

        :param secrets: the secret of each unit.
        :param rest: the ends of all other patterns.
        :param ends_of: returns the ends of a unit's patterns.
        """
        self._units = tails.units
        self._sorted = sorted(tails.units)
        self._lasts = {tail[:GRAM][::-1] for tail in self._sorted}
        self._secret_of = secrets
        self._rest = rest
        self._ends_of = ends_of

    def may_start(self, data: bytes, *, final: bool = False) -> bool:  # noqa: ARG002 - as there
        """Return whether data (bytes) may start with an end."""
        return not data or data[:1] == b" " or data[0] not in DROPPED

    def starting(self, data: bytes, least: int) -> Iterator[tuple[int, int]]:
        """Yield how long the ends are with which data (bytes) starts, and the secret of each."""
        for ends in self._rest:
            yield from ends.starting(data, least)
        for size in range(least, len(data) + 1):
            if data[size - GRAM : size] in self._lasts:
                secrets = list(self._ending(data[:size]))
                if secrets:
                    yield size, min(secrets)

    def _ending(self, piece: bytes) -> Iterator[int]:
        """Yield the secrets of the patterns that end with a piece (bytes)."""
        backwards = piece[::-1]
        size = TAIL
        while size < len(piece):
            for unit in self._units.get(backwards[:size], ()):
                if next(self._ends_of(unit).starting(piece, len(piece)), None):
                    yield self._secret_of[unit]
            size *= 2
        at = bisect.bisect_left(self._sorted, backwards)
        while at < len(self._sorted) and self._sorted[at].startswith(backwards):
            for unit in self._units[self._sorted[at]]:
                yield self._secret_of[unit]
            at += 1
