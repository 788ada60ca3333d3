"""`SharedWork`: one piece of work for all who ask for it before it begins.

Many builds that start at once ask for the same entries; each entry is then decrypted once. Who asks
after it has begun waits for a new piece: an answer is never older than its question.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

T = TypeVar("T")


class SharedWork(Generic[T]):
    """Pieces of work, by keys.

    :param run: runs a piece in a thread, and gives a Deferred of its result; it may be late, or
        never begin it.
    """

    def __init__(self, run: Callable[[Callable[[], T]], Deferred[T]]) -> None:
        self._run = run
        self._open: dict[Hashable, list[Deferred[T]]] = {}
        self._running: set[Deferred[None]] = set()

    def get(self, key: Hashable, work: Callable[[], T]) -> Deferred[T]:
        """Give the result of `work`, or of other work of that `key` that has not begun.

        A result may be one object for several; a failure is, too.
        """
        deferred: Deferred[T] = Deferred()
        waiting = self._open.get(key)
        if waiting is not None:
            waiting.append(deferred)
            return deferred
        waiting = self._open[key] = [deferred]

        def begin() -> T:
            self._close(key, waiting)
            return work()

        running: Deferred[None] = Deferred()
        self._running.add(running)
        self._run(begin).addBoth(self._deliver, key, waiting).addBoth(self._ended, running)
        return deferred

    def ended(self) -> Deferred[None]:
        """Fire when everything that has been asked for by now has ended, for whomever."""
        return DeferredList(list(self._running)).addCallback(lambda _: None)

    def _ended(self, result: object, running: Deferred[None]) -> object:
        self._running.remove(running)
        running.callback(None)
        return result

    def _close(self, key: Hashable, waiting: list[Deferred[T]]) -> None:
        """Let nobody join any more; called in a thread, and again where the work never began."""
        if self._open.get(key) is waiting:
            del self._open[key]

    def _deliver(self, result: Any, key: Hashable, waiting: list[Deferred[T]]) -> None:  # noqa: ANN401
        self._close(key, waiting)
        for deferred in waiting:
            if not deferred.called:
                deferred.callback(Failure(result.value) if isinstance(result, Failure) else result)
