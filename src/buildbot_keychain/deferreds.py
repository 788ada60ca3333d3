"""`returns_deferred`: turns a coroutine function into one whose calls return a Deferred."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred

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
