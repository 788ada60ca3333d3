"""What Twisted's Deferreds need beside coroutines.

`returns_deferred` turns a coroutine function into one whose calls return a Deferred. What fails in
a list of Deferreds fails the list, which fails the list around it: Twisted wraps the error in a
`FirstError` at each level, and `root_error` finds it again. `within` ends the wait for what does
not answer in time, also if it ignores that it is cancelled. `Pauses` lets others
have their turn while long work goes on in the reactor's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, FirstError
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure

SLICE = 0.005
"""Seconds for which work goes on without a pause."""

P = ParamSpec("P")
T = TypeVar("T")


def returns_deferred(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Deferred[T]]:
    """Return `function` for callers that expect a Deferred, as Twisted and Buildbot do.

    Each call starts the coroutine at once and returns a Deferred of its result.
    """

    @wraps(function)
    def started(*args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return Deferred.fromCoroutine(function(*args, **kwargs))

    return started


def root_error(error: BaseException | None) -> BaseException | None:
    """Return the error that is at the bottom of `error`, without the `FirstError` of each level."""
    return root_error(error.subFailure.value) if isinstance(error, FirstError) else error


def within(
    seconds: float,
    answer: Deferred[T],
    clock: Any,  # noqa: ANN401 - an IReactorTime
    error: Callable[[], Exception] = DeferredTimeout,
) -> Deferred[T]:
    """Return a Deferred of `answer`, which fails with an `error` after `seconds`.

    Then `answer` is cancelled, and what becomes of it is ignored, as after a cancellation.
    """

    def cancel(_: object) -> None:
        timer.cancel()
        answer.cancel()

    def give_up() -> None:
        done.errback(Failure(error()))
        answer.cancel()

    def deliver(result: Any) -> None:  # noqa: ANN401 - of any type
        if timer.active():
            timer.cancel()
        if not done.called:
            done.callback(result)

    if answer.called and not answer.paused:
        return answer
    done: Deferred[T] = Deferred(cancel)
    timer = clock.callLater(seconds, give_up)
    answer.addBoth(deliver)
    return done


class Pauses:
    """Those of work that would otherwise keep the reactor for long.

    :param soon: calls a function when others had their turn.
    :param seconds: returns the time that passes.
    """

    def __init__(
        self,
        soon: Callable[[Callable[[], None]], object],
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._soon = soon
        self._seconds = seconds
        self._until = seconds() + SLICE

    async def pause(self) -> None:
        """Pause, if the work has gone on for a slice since the last time."""
        if self._seconds() >= self._until:
            over: Deferred[None] = Deferred()
            self._soon(partial(over.callback, None))
            await over
            self._until = self._seconds() + SLICE
