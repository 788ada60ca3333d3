"""`SingleFlight`: one run of a coroutine for all who ask for its result at the same time.

It is not a cache: when the result is there, everyone who waits gets it and nothing is kept. The
next caller starts a new run, so a changed secret is seen.

1. Each caller gets a Deferred of its own; cancelling it does not end the run for the others. When
   nobody waits any more, the run goes on, or is cancelled where that is wanted.
2. Each caller gets a Failure of its own, since one caller may change or keep it.
3. After `close`, nobody joins a run any more. A run that reads something calls it just before it
   reads, where an answer must never be older than its question.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure


class SingleFlight:
    """The runs in progress, by key. All but `close` belongs on the reactor's thread.

    :param cancel_unwanted: whether a run is cancelled when all who waited for it were.
    """

    def __init__(self, *, cancel_unwanted: bool = False) -> None:
        self._cancel_unwanted = cancel_unwanted
        self._open: dict[Hashable, _Run] = {}
        """The runs that callers can still join."""
        self._runs: set[_Run] = set()

    def do(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, Any]]) -> Deferred[Any]:
        """Return a Deferred of the result of the run for `key`; call `start` if there is none."""
        run = self._open.get(key)
        if run is not None:
            return run.join()
        run = self._open[key] = _Run(partial(self._unwanted, key))
        self._runs.add(run)
        waiter = run.join()
        run.work = Deferred.fromCoroutine(start())
        run.work.addBoth(self._finish, key, run)
        return waiter

    def is_open(self, key: Hashable) -> bool:
        """Return whether there is a run for `key` that the next caller of `do` joins."""
        return key in self._open

    def close(self, key: Hashable) -> None:
        """Make the next caller of `do` for `key` start a new run. May be called in any thread.

        A run that was given up and calls this late closes the one that came after it: then less is
        shared, and no answer is too old.
        """
        self._open.pop(key, None)

    def close_all(self) -> None:
        """Make the next callers of `do` start new runs."""
        self._open.clear()

    @property
    def in_progress(self) -> int:
        """How many runs are in progress."""
        return len(self._runs)

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when every run that is in progress now has ended."""
        ends = [run.join() for run in self._runs]
        return DeferredList(ends, consumeErrors=True).addCallback(lambda _: None)

    def cancel(self) -> None:
        """Cancel every run; all who wait get a ``CancelledError``."""
        for run in list(self._runs):
            if run.work is not None:
                run.work.cancel()

    def _unwanted(self, key: Hashable, run: _Run) -> None:
        if not self._cancel_unwanted:
            return
        if self._open.get(key) is run:
            self.close(key)
        if run.work is not None:
            run.work.cancel()

    def _finish(self, result: object, key: Hashable, run: _Run) -> None:
        if self._open.get(key) is run:
            self.close(key)
        self._runs.discard(run)
        run.deliver(result)


class _Run:
    def __init__(self, on_unwanted: Callable[[_Run], None]) -> None:
        self.work: Deferred[Any] | None = None
        self._on_unwanted = on_unwanted
        self._waiters: dict[Deferred[Any], None] = {}

    def join(self) -> Deferred[Any]:
        waiter: Deferred[Any] = Deferred(self._leave)
        self._waiters[waiter] = None
        return waiter

    def deliver(self, result: Any) -> None:  # noqa: ANN401 - of any type
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            if not waiter.called:
                own = Failure(result.value, result.type) if isinstance(result, Failure) else result
                waiter.callback(own)

    def _leave(self, waiter: Deferred[Any]) -> None:
        # Twisted fails the waiter when this returns.
        self._waiters.pop(waiter, None)
        if not self._waiters:
            self._on_unwanted(self)
