"""`LastAnswers`: the last answer of a provider is given while it is unavailable.

Whatever else it says ends that: an answer that a secret is denied, is gone or cannot be used is an
answer. It is bounded in time, counted, and logged when it begins and ends.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger, LogLevel

from buildbot_keychain.errors import AuditUnavailable, ProviderUnavailable
from buildbot_keychain.resilience._kept import Keeper
from buildbot_keychain.resilience._queries import Ask, Query
from buildbot_keychain.secretive import secretive


@secretive
class LastAnswer:
    """What is given in place of an error.

    :ivar answer: what the provider answered the last time.
    """

    __slots__ = ("answer",)

    def __init__(self, answer: object) -> None:
        self.answer = answer


@secretive
class LastAnswers(Keeper):
    """The last answers of one provider.

    :param clock: an ``IReactorTime``.
    :param seconds: for how long after an answer it is given.
    :ivar served: how many answers were given in place of an error.
    :ivar is_serving: whether that was so the last time.
    """

    log = Logger()

    def __init__(self, clock: Any, seconds: float) -> None:  # noqa: ANN401 - as documented
        super().__init__(clock)
        self._seconds = seconds
        self.served = 0
        self.is_serving = False

    async def ask(self, query: Query, behind: Ask) -> object:
        """Return the answer, or a `LastAnswer` if the provider is unavailable."""
        if query.shared_by is None:
            return await behind()
        evictions = self._evictions
        try:
            answer = await behind()
        except (AuditUnavailable, CancelledError):
            raise
        except ProviderUnavailable as error:
            entry = self.answers.get(query, self._clock.seconds())
            if entry is None:
                raise
            self._begin(query, error)
            return LastAnswer(entry.answer)
        except Exception:
            self.answers.drop(query)
            raise
        self._end(query)
        if answer is None:
            self.answers.drop(query)
        else:
            self._keep(query, answer, self._seconds, evictions)
        return answer

    def _begin(self, query: Query, error: ProviderUnavailable) -> None:
        self.served += 1
        if not self.is_serving:
            self.is_serving = True
            self.log.emit(
                LogLevel.warn,
                "the provider {name!r} is unavailable ({reason}): secrets are given as it last "
                "gave them, for at most {seconds:g} seconds",
                name=query.provider,
                reason=error.reason,
                seconds=self._seconds,
            )

    def _end(self, query: Query) -> None:
        if self.is_serving:
            self.is_serving = False
            text = "the provider {name!r} answers again: no secret is given as it was before"
            self.log.emit(LogLevel.info, text, name=query.provider)
