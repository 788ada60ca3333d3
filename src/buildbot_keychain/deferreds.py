"""What Twisted's Deferreds need beside coroutines.

`returns_deferred` turns a coroutine function into one whose calls return a Deferred. What fails in
a list of Deferreds fails the list, which fails the list around it: Twisted wraps the error in a
`FirstError` at each level, and `root_error` finds it again. `within` ends the wait for what does
not answer in time, also if it ignores that it is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, FirstError
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure

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
