"""`Deadline`: a provider that does not answer in time has failed."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.deferreds import within
from buildbot_keychain.errors import DeadlineExceeded
from buildbot_keychain.resilience._queries import Ask, Query


class Deadline:
    """How long one provider may take.

    :param clock: an ``IReactorTime``.
    """

    def __init__(self, clock: Any, seconds: float) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self._seconds = seconds

    async def ask(self, query: Query, behind: Ask) -> object:
        """Ask, and wait for no longer than that.

        :raise DeadlineExceeded: when there is no answer by then.
        """
        try:
            return await within(self._seconds, Deferred.fromCoroutine(behind()), self._clock)
        except DeferredTimeout as error:
            raise no_answer(query.provider, query.path, self._seconds) from error


def no_answer(provider: str, path: str, seconds: float) -> DeadlineExceeded:
    """Return the error for a provider that was asked for `path`, and did not answer in time."""
    reason = f"no answer within {seconds:g} seconds; is what it reads from alive?"
    return DeadlineExceeded(provider, path, reason)
