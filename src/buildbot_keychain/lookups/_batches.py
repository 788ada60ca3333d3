"""`Batches`: what comes while something is done is done together afterwards, and not one by one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable, Sequence
from functools import partial
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

    :param work: does a batch: a key, and some items of it. Returns the result of each, in order, or
        its ``Failure``.
    :param most: how many items there are in a batch.
    :param soon: has the first batch of a key begin, for which more may come until then.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Item]], Coroutine[Any, Any, Sequence[Result]]],
        most: int | None = None,
        *,
        soon: Callable[[Callable[[], None]], object] = lambda begin: begin(),
    ) -> None:
        self._work = work
        self._most = most
        self._soon = soon
        self._waiting: dict[Key, dict[Deferred[Result], Item]] = {}
        """What waits, for each key of which a batch is being done or about to begin."""

    def is_busy(self, key: Key) -> bool:
        """Return whether what comes has to wait for a batch, and is done together."""
        return key in self._waiting

    def do(self, key: Key, item: Item) -> Deferred[Result]:
        """Have an item done: soon, or with all others that come until the batch of now is done.

        :return: a Deferred of its result. If it is cancelled before its batch begins, it is not
            done.
        """
        waiter: Deferred[Result] = Deferred(lambda _: self._leave(key, waiter))
        waiting = self._waiting.get(key)
        if waiting is None:
            self._waiting[key] = {waiter: item}
            self._soon(partial(self._begin, key))
        else:
            waiting[waiter] = item
        return waiter

    def gather(self, key: Key) -> None:
        """Have what comes from now on be done together, soon."""
        if key not in self._waiting:
            self._waiting[key] = {}
            self._soon(partial(self._begin, key))

    def _begin(self, key: Key) -> None:
        """Begin the next batch, if anybody waits for one."""
        waiting = list(self._waiting.pop(key).items())
        most = len(waiting) if self._most is None else self._most
        batch = dict(waiting[:most])
        if batch:
            self._waiting[key] = dict(waiting[most:])
            doing = Deferred.fromCoroutine(self._work(key, list(batch.values())))
            doing.addBoth(self._finish, key, list(batch))

    def _finish(self, outcome: Any, key: Key, waiters: Sequence[Deferred[Result]]) -> None:  # noqa: ANN401 - results, or a Failure
        self._begin(key)
        for at, waiter in enumerate(waiters):
            if not waiter.called:
                failed = isinstance(outcome, Failure)
                # Each gets one of its own, which it may change or keep.
                waiter.callback(Failure(outcome.value, outcome.type) if failed else outcome[at])

    def _leave(self, key: Key, waiter: Deferred[Result]) -> None:
        # Twisted fails it when this returns.
        self._waiting.get(key, {}).pop(waiter, None)
