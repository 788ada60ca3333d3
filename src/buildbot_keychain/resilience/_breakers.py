"""`Breaker`: a provider that is unavailable again and again is not asked for a while.

It counts unavailability alone: a provider that denies a secret, does not have it or has a bad one
is well. After the pause, one lookup asks it, as a probe; the others are told that it is not asked.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger, LogLevel

from buildbot_keychain.errors import AuditUnavailable, NotAsked, ProviderUnavailable
from buildbot_keychain.resilience._queries import Ask, Query

CLOSED = "closed"
"""It is asked."""

OPEN = "open"
"""It is not asked."""

PROBING = "probing"
"""One lookup asks it."""

STATES = (CLOSED, OPEN, PROBING)


class Breaker:
    """What stops questions to one provider.

    :param clock: an ``IReactorTime``.
    :param failures: how many times in a row it may be unavailable.
    :param pause: seconds until a probe.
    :ivar state: `CLOSED`, `OPEN` or `PROBING`.
    :ivar opened: how many times it was opened.
    """

    log = Logger()

    def __init__(self, clock: Any, failures: int, pause: float) -> None:  # noqa: ANN401 - as documented
        self._clock = clock
        self._most = failures
        self._pause = pause
        self._failures = 0
        self._until = 0.0
        self.state = CLOSED
        self.opened = 0

    async def ask(self, query: Query, behind: Ask) -> object:
        """Ask, unless the breaker is open.

        :raise NotAsked: when it is.
        """
        is_probe = self._admit(query)
        try:
            answer = await behind()
        except ProviderUnavailable as error:
            if isinstance(error, (AuditUnavailable, NotAsked)):
                self._give_up(is_probe=is_probe)
            else:
                self._failed(query, is_probe=is_probe)
            raise
        except CancelledError:
            self._give_up(is_probe=is_probe)
            raise
        except Exception:
            self._answered(query)
            raise
        except BaseException:
            self._give_up(is_probe=is_probe)
            raise
        self._answered(query)
        return answer

    def _admit(self, query: Query) -> bool:
        """Return whether this question is a probe."""
        if self.state == CLOSED:
            return False
        left = self._until - self._clock.seconds()
        if self.state == OPEN and left <= 0:
            self.state = PROBING
            return True
        when = f"in {left:.0f} seconds" if left > 0 else "by one lookup now"
        reason = f"it was unavailable {self._most} times in a row, and is asked again {when}"
        raise NotAsked(query.provider, query.path, reason)

    def _failed(self, query: Query, *, is_probe: bool) -> None:
        self._failures += 1
        opens = self.state == CLOSED and self._failures >= self._most
        if opens:
            self.opened += 1
            text = "the provider {name!r} was unavailable {times} times in a row: it is asked"
            self._log(LogLevel.warn, f"{text} every {{pause:g}} seconds until it answers", query)
        if opens or (is_probe and self.state == PROBING):
            self.state = OPEN
            self._until = self._clock.seconds() + self._pause

    def _give_up(self, *, is_probe: bool) -> None:
        """Let the next lookup be the probe: this one was ended before there was an answer."""
        if is_probe and self.state == PROBING:
            self.state = OPEN

    def _answered(self, query: Query) -> None:
        self._failures = 0
        if self.state != CLOSED:
            self.state = CLOSED
            self._log(LogLevel.info, "the provider {name!r} answers again: it is asked", query)

    def _log(self, level: Any, text: str, query: Query) -> None:  # noqa: ANN401 - a LogLevel
        self.log.emit(level, text, name=query.provider, times=self._most, pause=self._pause)
