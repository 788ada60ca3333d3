"""`Cache`: answers are kept for a time, and absences for a shorter one; errors never."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.resilience._kept import Keeper
from buildbot_keychain.resilience._queries import Ask, Query
from buildbot_keychain.secretive import secretive

ABSENT = object()
"""What `Cache.kept` returns where it is kept that there is no such secret."""


@secretive
class Cache(Keeper):
    """Answers of one provider.

    :param clock: an ``IReactorTime``.
    :param seconds: for how long an answer is kept.
    :param absent: for how long it is kept that there is none.
    """

    def __init__(self, clock: Any, seconds: float, absent: float = 0) -> None:  # noqa: ANN401 - as documented
        super().__init__(clock)
        self._seconds = seconds
        self._absent = absent
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
        if query.shared_by is not None:
            seconds = self._absent if answer is None else self._seconds
            self._keep(query, answer, seconds, evictions)
        return answer
