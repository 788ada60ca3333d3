"""`WorkPool`: a bounded number of threads for work that blocks, each piece with a deadline.

The reactor and its own thread pool never wait for a disk, a gpg or a network here: whoever must
block owns a pool. A piece of work that outlives its deadline is given up; its thread comes back
when the call returns, and never keeps the process from ending: the threads are daemons, and
stopping the pool waits for none of them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

T = TypeVar("T")
_Job = tuple["Deferred[Any]", Callable[[], Any]]


class WorkPool:
    """Threads that start when they are needed and are never more than `size`.

    :param reactor: where results are delivered: ``IReactorFromThreads`` and ``IReactorTime``.
    :param size: the most threads at once.
    :param name: what the threads are called in a debugger.
    """

    def __init__(self, reactor: Any, size: int, name: str) -> None:  # noqa: ANN401 - two interfaces
        self._reactor = reactor
        self._size = size
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._outstanding = 0
        self._stopped = False

    def run(self, deadline: float, work: Callable[[], T]) -> Deferred[T]:
        """Call `work` in a thread.

        :param deadline: seconds from now, waiting for a free thread included.
        :return: what it returns; fails with what it raises, or with
            ``twisted.internet.defer.TimeoutError`` when the deadline passes.
        """
        if self._stopped:
            msg = f"the work pool {self._name!r} has been stopped"
            raise RuntimeError(msg)
        deferred: Deferred[T] = Deferred()
        self._outstanding += 1
        self._jobs.put((deferred, work))
        if self._outstanding > len(self._threads) < self._size:
            self._start_thread()
        return deferred.addTimeout(deadline, self._reactor)

    def stop(self) -> None:
        """Take no more work and let the threads go as each finishes its piece."""
        self._stopped = True
        for _ in self._threads:
            self._jobs.put(None)

    def _start_thread(self) -> None:
        number = len(self._threads) + 1
        thread = threading.Thread(target=self._serve, name=f"{self._name}-{number}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            deferred, work = job
            result: Any = Failure(CancelledError())
            if not deferred.called:
                try:
                    result = work()
                except BaseException:  # noqa: BLE001 - it is delivered, not dropped
                    result = Failure()
            try:
                self._reactor.callFromThread(self._deliver, deferred, result)
            except (ReactorNotRunning, RuntimeError):  # nobody is left to hear of it
                return
            del job, deferred, work, result

    def _deliver(self, deferred: Deferred[Any], result: object) -> None:
        self._outstanding -= 1
        if not deferred.called:
            deferred.callback(result)
