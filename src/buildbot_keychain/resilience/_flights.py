"""`Flights`: one question for all who ask the same at the same time.

It runs in an empty context, so what it leads to is not put down to whoever happened to be the
first. Each who waits gets an error of its own. Cancelling one who waits leaves it to the others;
when nobody waits any more, it is cancelled.
"""

from __future__ import annotations

from contextvars import Context
from functools import partial

from twisted.python.failure import Failure

from buildbot_keychain.boundary import without_trace
from buildbot_keychain.resilience._queries import Ask, Query
from buildbot_keychain.secretive import secretive
from buildbot_keychain.single_flight import SingleFlight


@secretive
class Flights:
    """The questions to one provider that are under way.

    :ivar joined: how many lookups waited for the question of another one.
    """

    def __init__(self) -> None:
        self._flights = SingleFlight(cancel_unwanted=True)
        self.joined = 0

    @property
    def in_progress(self) -> int:
        """How many are under way."""
        return self._flights.in_progress

    async def ask(self, query: Query, behind: Ask) -> object:
        """Return the answer to `query`, for which another one may be waiting already."""
        if query.shared_by is None:
            return await behind()
        if self.is_under_way(query):
            self.joined += 1
        start = partial(self._run, behind)
        outcome = await Context().run(self._flights.do, query, start)
        if isinstance(outcome, _Failed):
            raise without_trace(outcome.failure, query.provider, query.path)
        return outcome

    def is_under_way(self, query: Query) -> bool:
        """Return whether `query` would wait for the question of another lookup."""
        return query.shared_by is not None and self._flights.is_open(query)

    def evict(self) -> None:
        """Have the next who ask not wait for what is under way."""
        self._flights.close_all()

    @staticmethod
    async def _run(behind: Ask) -> object:
        try:
            return await behind()
        except Exception:  # noqa: BLE001 - raised by whoever waits
            return _Failed(Failure())


class _Failed:
    """How a question ended. An error that many raise would be changed by each of them."""

    __slots__ = ("failure",)

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
