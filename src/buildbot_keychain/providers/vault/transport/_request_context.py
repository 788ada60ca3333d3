"""`RequestContext`: what a request is made for, its deadline, and the errors that name both."""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)

T = TypeVar("T")

_SHORTEST_WAIT = 0.01


class RequestContext:
    """One lookup, login, renewal or revocation, with all its requests and pauses.

    :param provider: the provider's name, for errors.
    :param path: what the provider was asked for, for errors.
    :param clock: an ``IReactorTime``.
    :param seconds: how long it may take, from now.
    """

    def __init__(self, provider: str, path: str, clock: Any, seconds: float) -> None:  # noqa: ANN401
        self.provider = provider
        self.path = path
        self.seconds = seconds
        self._clock = clock
        self._end = clock.seconds() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, float(self._end - self._clock.seconds()))

    def error(self, reason: str) -> ProviderError:
        """Return the error for a problem that somebody must fix."""
        return ProviderError(self.provider, self.path, reason)

    def denied(self, reason: str) -> AccessDenied:
        """Return the error for a refusal."""
        return AccessDenied(self.provider, self.path, reason)

    def unavailable(self, reason: str) -> ProviderUnavailable:
        """Return the error for a problem that may go away."""
        return ProviderUnavailable(self.provider, self.path, reason)

    def timed_out(self, reason: str) -> DeadlineExceeded:
        """Return the error for an answer that did not come in time."""
        full_reason = f"no answer within {self.seconds:g} seconds: {reason}"
        return DeadlineExceeded(self.provider, self.path, full_reason)

    def error_like(self, error: ProviderError) -> ProviderError:
        """Return an error of the kind of `error`, which belongs to another context."""
        return type(error)(self.provider, self.path, error.reason)

    async def wait_for(self, shared: Deferred[T], unfinished: str) -> T:
        """Wait for work that another context may have begun; its errors become this context's.

        :param unfinished: what is not done if the time runs out, as the end of a sentence.
        """
        shared.addTimeout(max(self.remaining(), _SHORTEST_WAIT), self._clock)
        try:
            return await shared
        except ProviderError as error:
            raise self.error_like(error) from error
        except DeferredTimeout as error:
            raise self.timed_out(unfinished) from error
