"""`KeptAnswers`: answers that are kept for a time; what it holds is bounded and never shown.

`Keeper` is what the wrappers that have some do alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from buildbot_keychain.details import LeasedText
from buildbot_keychain.resilience._queries import Query
from buildbot_keychain.secretive import secretive

MOST = 10_000
"""Answers of one provider that are kept."""

MOST_CHARACTERS = 16 * 1024 * 1024
"""Characters in them, and in their names."""


@secretive
class KeptAnswers:
    """Answers of one provider by query. The oldest go first where there are too many."""

    def __init__(self, most: int = MOST, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._most_characters = most_characters
        self._characters = 0
        self._entries: dict[Query, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, query: Query, answer: object, now: float, until: float) -> None:
        """Keep an answer, in place of the one that is there."""
        self.drop(query)
        size = len(query.path) + (len(answer) if isinstance(answer, (str, bytes)) else 0)
        if size > self._most_characters or until <= now:
            return
        self._entries[query] = _Entry(answer, now, until, size)
        self._characters += size
        while self._is_full() or self._oldest().until <= now:
            self.drop(next(iter(self._entries)))

    def get(self, query: Query, now: float) -> _Entry | None:
        """Return what is kept: its ``answer``, and ``since`` when."""
        entry = self._entries.get(query)
        if entry is not None and entry.until <= now:
            self.drop(query)
            return None
        return entry

    def drop(self, query: Query) -> None:
        """Keep no answer to `query`."""
        entry = self._entries.pop(query, None)
        if entry is not None:
            self._characters -= entry.size

    def drop_where(self, matches: Callable[[Query], bool]) -> None:
        """Keep no answer to the queries that match."""
        for query in [query for query in self._entries if matches(query)]:
            self.drop(query)

    def paths(self) -> set[str]:
        """Return what there are answers for."""
        return {query.path for query in self._entries}

    def _is_full(self) -> bool:
        return len(self._entries) > self._most or self._characters > self._most_characters

    def _oldest(self) -> _Entry:
        return next(iter(self._entries.values()))


class _Entry(NamedTuple):
    answer: object
    since: float
    until: float
    size: int

    def __repr__(self) -> str:
        return "<kept answer>"


@secretive
class Keeper:
    """Keeps answers of one provider, but for those to what was asked before an eviction.

    :param clock: an ``IReactorTime``.
    """

    def __init__(self, clock: Any) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self._evictions = 0
        self.answers = KeptAnswers()

    def begin_eviction(self) -> None:
        """Keep no answer to what has been asked until now."""
        self._evictions += 1

    def evict(self, matches: Callable[[Query], bool]) -> None:
        """Drop the answers to queries that match."""
        self.answers.drop_where(matches)

    def _keep(self, query: Query, answer: object, seconds: float, evictions: int) -> None:
        """Keep an answer for a time, but for no more than half of its lease if it has one.

        :param evictions: how many had begun when it was asked for.
        """
        if evictions != self._evictions:
            return
        if isinstance(answer, LeasedText):
            seconds = min(seconds, answer.lease / 2)
        now = self._clock.seconds()
        self.answers.put(query, answer, now, now + seconds)
