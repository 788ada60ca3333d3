"""The boundary that errors cross on their way out of a provider, a lookup or a rendering.

Contract: no secret's value can be reached from an error that has crossed it. The code behind the
boundary raises and chains errors as any other code does; nothing else has to think of this.

Design: a value is reachable from an exception by more ways than its text: arguments, attributes,
notes, the exceptions in ``__cause__`` and ``__context__``, and the traceback, whose frames keep all
local variables. So the error that leaves is a fresh one, of a class in `errors`, made of the few
attributes that those classes declare. An error of other code is replaced by a `ProviderError` that
says where it was raised and not what it said.

One way leads around that. ``raise`` sets ``__context__`` to whatever exception is being handled,
by any function on the stack, and Twisted runs the callbacks of a Deferred while it handles the
exception that the Deferred fails with. An unrelated error that a callback raises would be chained
to the original. `guarded` therefore fires its Deferred while the fresh error is being handled.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from buildbot_keychain import errors
from buildbot_keychain.errors import (
    KeychainError,
    ProviderError,
    message_of,
    page_message_of,
    safe_summary,
)

T = TypeVar("T")

_ATTRIBUTES = ("name", "needed", "path", "provider", "providers", "reason")
"""What the classes of `errors` declare; anything else may hold a value."""


def guarded(
    work: Coroutine[Any, Any, T], replacement: Callable[[Failure], BaseException | None]
) -> Deferred[T]:
    """Run `work`, and return a Deferred of its result.

    :param replacement: returns the error to fail with in place of a failure's, or ``None`` to let
        that failure pass.
    """
    running = Deferred.fromCoroutine(work)
    done: Deferred[T] = Deferred(lambda _: running.cancel())

    def succeed(result: T) -> None:
        if not done.called:
            done.callback(result)

    def fail(failure: Failure) -> None:
        if done.called:
            return
        error = replacement(failure)
        if error is None:
            done.errback(failure)
            return
        try:
            raise error
        except type(error):
            error.__context__ = error.__traceback__ = None
            done.errback(Failure(error))

    running.addCallbacks(succeed, fail)
    return done


def guarded_rendering(rendering: Coroutine[Any, Any, T]) -> Deferred[T]:
    """Run `rendering`, whose frames hold the values that it has rendered so far.

    An error of other code passes unchanged: it is of the user's own renderable, and tells the user
    what is wrong with it.
    """
    return guarded(rendering, lambda failure: _fresh(failure.value))


def without_trace(failure: Failure, provider: str, path: str) -> BaseException:
    """Return a fresh error for a failure: one of `errors`, or a ``CancelledError``.

    :param provider: the name of what failed, for an error of other code.
    :param path: what it was asked for.
    """
    return _fresh(failure.value) or ProviderError(provider, path, safe_summary(failure))


def _fresh(error: BaseException | None) -> BaseException | None:
    """Return a fresh error that says what `error` says; ``None`` for one of other code."""
    if isinstance(error, CancelledError):
        return CancelledError()
    message = message_of(error)
    if message is None:
        return None
    # A subclass that is declared elsewhere may keep anything, and compute its text from it.
    ours: list[type[KeychainError]] = [
        base for base in type(error).__mro__ if base.__module__ == errors.__name__
    ]
    fresh = ours[0].__new__(ours[0])
    KeychainError.__init__(fresh, message, page_message_of(error))
    vars(fresh).update({name: vars(error)[name] for name in _ATTRIBUTES if name in vars(error)})
    return fresh
