"""`Attempts`: writes to the database behind whoever causes them, one at a time.

Nobody fails by a write that fails. Of several in a row that do, the first is logged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.state import DatabaseProblemError
from buildbot_keychain.errors import safe_summary

Later = Callable[[Callable[[], object]], object]
"""Has something called when what happens now is over."""

_log = Logger()


def at_once(call: Callable[[], object]) -> None:
    """Call `call`: a `Later` that has nothing wait."""
    call()


class Attempts:
    """Attempts at something.

    :param text: what is logged of a failure; ``{problem}`` in it is why.
    :param later: when to do what `run_later` is told to.
    """

    def __init__(self, text: str, later: Later = at_once) -> None:
        self._text = text
        self._later = later
        self._lock = DeferredLock()
        self._failing = False
        self._queued: dict[Callable[[], Deferred[None]], Deferred[None]] = {}
        self._put_off: set[Callable[[], Deferred[None]]] = set()

    def run_later(self, work: Callable[[], Deferred[None]]) -> None:
        """Call `work` as `run` does, once for all who want it now."""
        if work not in self._put_off:
            self._put_off.add(work)

            def begin() -> Deferred[None]:
                self._put_off.discard(work)
                return self.run(work)

            self._later(begin)

    def run(self, work: Callable[[], Deferred[None]]) -> Deferred[None]:
        """Call `work` when all that was begun before is done; fires when it is done.

        Where the same waits already, it serves this caller, too: a thousand that each waited for
        the one before would end in each other, deeper than Python allows.
        """
        done = self._queued.get(work)
        if done is None:
            done = self._queued[work] = Deferred()

            def begin() -> Deferred[None]:
                del self._queued[work]
                return work()

            self._lock.run(begin).chainDeferred(done)
        return done

    async def succeeds(self, work: Callable[[], Awaitable[Any]]) -> bool:
        """Return whether `work` succeeded; log the first of several failures."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody who is given a secret may fail by it
            if not self._failing:
                known = isinstance(error, DatabaseProblemError)
                problem = str(error) if known else safe_summary(Failure())
                _log.emit(LogLevel.error, self._text, problem=problem)
            self._failing = True
            return False
        self._failing = False
        return True
