"""What Twisted's Deferreds need beside coroutines.

`returns_deferred` turns a coroutine function into one whose calls return a Deferred. What fails in
a list of Deferreds fails the list, which fails the list around it: Twisted wraps the error in a
`FirstError` at each level, and `root_error` finds it again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, FirstError

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
