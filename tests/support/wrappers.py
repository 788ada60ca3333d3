"""What stands behind a wrapper in its tests: answers that the test decides on, later."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.resilience import Query
from tests.support.logged import lines_logged

X = Query("vault", "x")
Y = Query("vault", "y")
ALONE = Query("vault", "x", shared_by=None)
AWAY = ProviderUnavailable("vault", "x", "it is away")


class WrapperCase(SynchronousTestCase):
    """Asks `wrapper`, which a subclass makes."""

    wrapper: Any

    def setUp(self) -> None:
        self.clock = Clock()
        self.asked: list[Deferred[Any]] = []
        self.cancelled: list[Deferred[Any]] = []

    async def behind(self) -> object:
        answer: Deferred[Any] = Deferred(self.cancelled.append)
        self.asked.append(answer)
        return await answer

    def ask(self, query: Query = X) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.wrapper.ask(query, self.behind))

    def logged(self) -> list[str]:
        """Return the list of what is logged until the end of the test, as it comes."""
        return lines_logged(self)

    def answer(self, answer: object, query: Query = X) -> object:
        """Ask, and have what is behind answer or fail at once; return what comes of it."""
        before = len(self.asked)
        asking = self.ask(query)
        for one in self.asked[before:]:
            if isinstance(answer, Exception):
                one.errback(answer)
            else:
                one.callback(answer)
        results: list[object] = []
        asking.addCallbacks(results.append, lambda failure: results.append(failure.value))
        return results[0]
