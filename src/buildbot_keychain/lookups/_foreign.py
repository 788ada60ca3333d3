"""`answer_of`: what a provider answers, with an error that says what is wrong with it.

A provider that we did not write raises errors of other code. Those of a network mean that it may
answer later, as `ProviderUnavailable` says; and nobody but whoever waits for an answer ends the
wait: a provider that does, as it is stopped or its connection is closed, is unavailable as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.python.failure import Failure

from buildbot_keychain.errors import ProviderError, ProviderUnavailable, safe_summary
from buildbot_keychain.unreachable import unreachable


def answer_of(get: Callable[[], Any], provider: str, path: str) -> Deferred[Any]:
    """Return a Deferred of what `get` returns, which asks a provider for `path`.

    :param provider: its name.
    """
    answering = maybeDeferred(get)
    if answering.called and not answering.paused and not isinstance(answering.result, Failure):
        return answering
    is_unwanted = False

    def cancel(_: object) -> None:
        nonlocal is_unwanted
        is_unwanted = True
        answering.cancel()

    answered: Deferred[Any] = Deferred(cancel)

    def deliver(result: Any) -> None:  # noqa: ANN401 - of any type
        if answered.called:
            return
        if isinstance(result, Failure) and not is_unwanted:
            result = _explained(result, provider, path)
        answered.callback(result)

    answering.addBoth(deliver)
    return answered


def _explained(failure: Failure, provider: str, path: str) -> Failure:
    """Return `failure`, or one that says more."""
    error = failure.value
    if isinstance(error, CancelledError):
        reason = "it ended the lookup by itself; was it stopped, or configured anew?"
        return Failure(ProviderUnavailable(provider, path, reason))
    unavailable = unreachable(failure, provider, path)
    if unavailable is not None:
        return Failure(unavailable)
    if not isinstance(error, Exception):
        return Failure(ProviderError(provider, path, safe_summary(failure)))
    return failure
