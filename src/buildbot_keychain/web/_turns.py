"""`Turns`: answers are made one at a time.

Fifty that are begun together end together, a second later; and what each of them does when the
database has answered keeps the host from everything else for as long as all of it takes. Two take
as long as one after the other, as both need the processor, and threads of both have the host wait.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import DeferredSemaphore
from twisted.internet.interfaces import IDelayedCall

T = TypeVar("T")

AT_ONCE = 1
"""Answers that are made at once: more would only wait for the processor."""

LONGEST = 0.25
"""Seconds after which another one begins: what takes so long waits for something, as a rule."""


class Turns:
    """The turns of one page.

    :param call_later: a reactor's ``callLater``.
    """

    def __init__(self, call_later: Callable[..., IDelayedCall]) -> None:
        self._call_later = call_later
        self._free = DeferredSemaphore(AT_ONCE)

    async def take(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what `work` returns, begun when it is its turn, in the order of the calls."""
        await self._free.acquire()
        turn = self._call_later(LONGEST, self._free.release)
        try:
            return await work()
        finally:
            if turn.active():
                # What comes next does not begin inside of what is done here.
                turn.reset(0)
