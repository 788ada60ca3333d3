"""`Lookup`: for what a request is made, until when, and in which words it fails."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)


class Lookup:
    """One errand of a provider, all its requests and pauses together.

    :param provider: the provider's name, for errors.
    :param path: what it was asked for, for errors.
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
        """Give the seconds that are left, at least 0."""
        return max(0.0, float(self._end - self._clock.seconds()))

    def failed(self, reason: str) -> ProviderError:
        """Give the error for what an edit must mend."""
        return ProviderError(self.provider, self.path, reason)

    def denied(self, reason: str) -> AccessDenied:
        """Give the error for a refusal."""
        return AccessDenied(self.provider, self.path, reason)

    def unavailable(self, reason: str) -> ProviderUnavailable:
        """Give the error for what may be better later."""
        return ProviderUnavailable(self.provider, self.path, reason)

    def late(self, reason: str) -> DeadlineExceeded:
        """Give the error for an answer that did not come."""
        within = f"no answer within {self.seconds:g} seconds: {reason}"
        return DeadlineExceeded(self.provider, self.path, within)
