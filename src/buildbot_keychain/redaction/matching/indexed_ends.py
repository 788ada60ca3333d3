"""The ends of the patterns of very many secrets, which are looked up by their last bytes."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence

from buildbot_keychain.secretive import secretive

from .hints import TAIL
from .normalisation import DROPPED
from .pieces import Ends
from .words import Owners

__all__ = ["IndexedEnds"]


@secretive
class IndexedEnds(Ends):
    """The ends of the patterns of units, by their tails, and those of the rest."""

    def __init__(
        self,
        tails: Owners,
        secrets: Sequence[int],
        rest: Sequence[Ends],
        ends_of: Callable[[int], Ends],
    ) -> None:
        """Take the tails of the patterns of units.

        :param secrets: the secret of each unit.
        :param rest: the ends of all other patterns.
        :param ends_of: returns the ends of a unit's patterns.
        """
        self._owners = tails
        self._sorted = sorted(tails)
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
            secrets = list(self._ending(data[:size]))
            if secrets:
                yield size, min(secrets)

    def _ending(self, piece: bytes) -> Iterator[int]:
        """Yield the secrets of the patterns that end with a piece (bytes)."""
        tail = piece[: -TAIL - 1 : -1]
        at = bisect.bisect_left(self._sorted, tail)
        while at < len(self._sorted) and self._sorted[at].startswith(tail):
            for unit in self._owners[self._sorted[at]]:
                if len(piece) <= TAIL or next(self._ends_of(unit).starting(piece, len(piece)), 0):
                    yield self._secret_of[unit]
            at += 1
