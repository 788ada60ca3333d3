"""`WorkPool`: a bounded number of threads for calls that block, each with a deadline.

The reactor and its own thread pool never wait for a disk, a gpg or a network: a service that must
block owns a pool. A call that exceeds its deadline is abandoned; its thread is free again when the
call returns. Threads never keep the process from ending: they are daemons, and stopping the pool
does not wait for them.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

from buildbot_keychain.deferreds import within
from buildbot_keychain.secretive import secretive

T = TypeVar("T")
_Job = tuple["Deferred[Any]", Callable[[], Any]]


class PoolState(NamedTuple):
    """What a pool does now.

    :param size: the maximum number of threads.
    :param busy: the calls in threads, those that were abandoned included.
    :param waiting: the calls that wait for a thread.
    """

    size: int
    busy: int
    waiting: int


@secretive
class WorkPool:
    """At most `size` threads, which start when they are needed.

    :param reactor: where results are delivered: ``IReactorFromThreads`` and ``IReactorTime``.
    :param size: the maximum number of threads.
    :param name: the beginning of the threads' names, for debuggers.
    """

    def __init__(self, reactor: Any, size: int, name: str) -> None:  # noqa: ANN401 - two interfaces
        self._reactor = reactor
        self._size = size
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._outstanding = 0
        self._stopped = False

    @property
    def state(self) -> PoolState:
        """What it does now."""
        busy = min(self._outstanding, len(self._threads))
        return PoolState(self._size, busy, self._outstanding - busy)

    def run(self, deadline: float, work: Callable[[], T]) -> Deferred[T]:
        """Call `work` in a thread.

        :param deadline: seconds from now, including the wait for a free thread.
        :return: a Deferred of its result, which fails with the exception that it raises, or with
            ``twisted.internet.defer.TimeoutError`` after the deadline.
        :raise RuntimeError: when the pool has been stopped.
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
        """Accept no more calls; each thread ends when its call returns."""
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
            result = Failure(CancelledError()) if deferred.called else outcome_of(work)
            try:
                with_threads(self._reactor).callFromThread(self._deliver, deferred, result)
            except (ReactorNotRunning, RuntimeError):  # nobody is left to deliver it to
                return
            del job, deferred, work, result

    def _deliver(self, deferred: Deferred[Any], result: object) -> None:
        self._outstanding -= 1
        if not deferred.called:
            deferred.callback(result)


class FewThreads:
    """At most some threads at once, each of which ends with its call.

    For what is rare and may hang: a call that is abandoned counts until it returns, so that no more
    threads hang than these, however often it is tried.

    :param most: how many.
    :param name: the beginning of the threads' names, for debuggers.
    """

    def __init__(self, most: int, name: str) -> None:
        self._free = DeferredSemaphore(most)
        self._name = name

    async def run(self, reactor: Any, deadline: float, work: Callable[[], T]) -> T:  # noqa: ANN401 - two interfaces
        """Return what `work` returns, called in a thread.

        :param reactor: as that of a `WorkPool`.
        :param deadline: seconds from now, including the wait for a thread.
        :raise twisted.internet.defer.TimeoutError: after the deadline.
        """
        until = reactor.seconds() + deadline
        await within(deadline, self._free.acquire(), reactor)
        if not _has_threads(reactor):
            try:
                return work()
            finally:
                self._free.release()

        def work_and_go() -> T:
            try:
                return work()
            finally:
                with contextlib.suppress(ReactorNotRunning, RuntimeError):  # nobody waits any more
                    reactor.callFromThread(self._free.release)

        try:
            done = _in_new_thread(reactor, self._name, work_and_go)
        except RuntimeError:  # the machine has no more threads
            self._free.release()
            raise
        return await done.addTimeout(max(0, until - reactor.seconds()), reactor)


async def run_once(reactor: Any, deadline: float, name: str, work: Callable[[], T]) -> T:  # noqa: ANN401 - two interfaces
    """Return what `work` returns, called in a thread of its own that does not stay.

    With a clock alone, to which no thread can deliver, it is called here. For what is rare; the
    parameters are those of `WorkPool` and its `run`.
    """
    if not _has_threads(reactor):
        return work()
    return await _in_new_thread(reactor, name, work).addTimeout(deadline, reactor)


def with_threads(reactor: Any) -> Any:  # noqa: ANN401 - two interfaces
    """Return what threads deliver to: `reactor`, or Twisted's if that is a clock alone."""
    if _has_threads(reactor):
        return reactor
    from twisted.internet import reactor as of_twisted  # noqa: PLC0415 - not before it is needed

    return of_twisted


def _has_threads(reactor: object) -> bool:
    return hasattr(reactor, "callFromThread")


def _in_new_thread(reactor: Any, name: str, work: Callable[[], T]) -> Deferred[T]:  # noqa: ANN401 - as above
    deferred: Deferred[T] = Deferred()

    def call() -> None:
        result = outcome_of(work)
        with contextlib.suppress(ReactorNotRunning, RuntimeError):  # nobody is left to wait for it
            reactor.callFromThread(deferred.callback, result)

    threading.Thread(target=call, name=f"{name}-1", daemon=True).start()
    return deferred


def outcome_of(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any type
    """Return what `work` returns, or a ``Failure`` of what it raises."""
    try:
        return work()
    except BaseException:  # noqa: BLE001 - it is delivered
        return Failure()
