"""`Cache`: answers are kept for a time, and absences for a shorter one; errors never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildbot_keychain.details import LeasedText
from buildbot_keychain.resilience._kept import KeptAnswers
from buildbot_keychain.resilience._queries import Ask, Query
from buildbot_keychain.secretive import secretive

ABSENT = object()
"""What `Cache.kept` returns where it is kept that there is no such secret."""


@secretive
class Cache:
    """Answers of one provider.

    :param clock: an ``IReactorTime``.
    :param seconds: for how long an answer is kept.
    :param absent: for how long it is kept that there is none.
    """

    def __init__(self, clock: Any, seconds: float, absent: float = 0) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self._seconds = seconds
        self._absent = absent
        self._evictions = 0
        self.answers = KeptAnswers()
        self.hits = 0
        self.misses = 0

    def kept(self, query: Query) -> object:
        """Return the answer that is kept, `ABSENT`, or ``None`` if there is none; at once."""
        if query.shared_by is None:
            return None
        entry = self.answers.get(query, self._clock.seconds())
        if entry is None:
            return None
        self.hits += 1
        return ABSENT if entry.answer is None else entry.answer

    async def ask(self, query: Query, behind: Ask) -> object:
        """Return the answer that is kept, or ask and keep it.

        An answer to what was asked before an eviction is not kept.
        """
        kept = self.kept(query)
        if kept is not None:
            return None if kept is ABSENT else kept
        self.misses += 1
        evictions = self._evictions
        answer = await behind()
        if evictions == self._evictions and query.shared_by is not None:
            now = self._clock.seconds()
            self.answers.put(query, answer, now, now + self._seconds_for(answer))
        return answer

    def begin_eviction(self) -> None:
        """Keep no answer to what has been asked until now."""
        self._evictions += 1

    def evict(self, matches: Callable[[Query], bool]) -> None:
        """Drop the answers to queries that match."""
        self.answers.drop_where(matches)

    def _seconds_for(self, answer: object) -> float:
        if answer is None:
            return self._absent
        if isinstance(answer, LeasedText):
            return min(self._seconds, answer.lease / 2)
        return self._seconds
