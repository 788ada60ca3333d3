"""`Batches`: what comes while something is done is done together afterwards, and not one by one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable, Sequence
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from buildbot_keychain.secretive import secretive

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Result = TypeVar("Result")


@secretive
class Batches(Generic[Key, Item, Result]):
    """Does things together that belong together, by key; for each key one batch at a time.

    :param work: does a batch: a key, and some items of it. Returns the result of each, in order.
    :param most: how many items there are in a batch.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Item]], Coroutine[Any, Any, Sequence[Result]]],
        most: int | None = None,
    ) -> None:
        self._work = work
        self._most = most
        self._waiting: dict[Key, dict[Deferred[Result], Item]] = {}
        """What waits, for each key of which a batch is being done."""

    def is_busy(self, key: Key) -> bool:
        """Return whether a batch of a key is being done, so that others wait."""
        return key in self._waiting

    def do(self, key: Key, item: Item) -> Deferred[Result]:
        """Have an item done: now, or with all others that come until the batch of now is done.

        :return: a Deferred of its result. If it is cancelled before its batch begins, it is not
            done.
        """
        waiter: Deferred[Result] = Deferred(lambda _: self._leave(key, waiter))
        waiting = self._waiting.get(key)
        if waiting is None:
            self._waiting[key] = {}
            self._begin(key, {waiter: item})
        else:
            waiting[waiter] = item
        return waiter

    def _begin(self, key: Key, batch: dict[Deferred[Result], Item]) -> None:
        doing = Deferred.fromCoroutine(self._work(key, list(batch.values())))
        doing.addBoth(self._finish, key, list(batch))

    def _finish(self, outcome: Any, key: Key, waiters: Sequence[Deferred[Result]]) -> None:  # noqa: ANN401 - results, or a Failure
        waiting = self._waiting.pop(key)
        if waiting:
            most = len(waiting) if self._most is None else self._most
            following = list(waiting.items())
            self._waiting[key] = dict(following[most:])
            self._begin(key, dict(following[:most]))
        for at, waiter in enumerate(waiters):
            if waiter.called:
                continue
            if isinstance(outcome, Failure):
                # Each gets one of its own, which it may change or keep.
                waiter.errback(Failure(outcome.value, outcome.type))
            else:
                waiter.callback(outcome[at])

    def _leave(self, key: Key, waiter: Deferred[Result]) -> None:
        # Twisted fails it when this returns.
        self._waiting.get(key, {}).pop(waiter, None)
