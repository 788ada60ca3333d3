"""Runs Twisted's reactor, which can run only once in a process.

`run_in_reactor` does until a coroutine ends; `reactor_in_thread`, beside code that blocks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


def run_in_reactor(work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    """Call `work` with the reactor, and run that until the coroutine ends.

    :return: what the coroutine returns; what it raises is raised here.
    :raise KeyboardInterrupt: if a signal stops the reactor first.
    """
    from twisted.internet import reactor  # noqa: PLC0415 - the import installs it

    running: Any = reactor
    results: list[T | Failure] = []

    def start() -> None:
        Deferred.fromCoroutine(work(running)).addBoth(finish)

    def finish(result: T | Failure) -> None:
        results.append(result)
        running.stop()

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    running.callWhenRunning(start)
    running.run()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    if not results:
        raise KeyboardInterrupt
    (result,) = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


@contextmanager
def reactor_in_thread() -> Iterator[Callable[..., Any]]:
    """Run the reactor in a thread of its own; signals stay with the caller's.

    :return: what calls a function in the reactor, and returns what it or its Deferred returns.
    """
    from twisted.internet import reactor  # noqa: PLC0415 - the import installs it
    from twisted.internet.threads import blockingCallFromThread  # noqa: PLC0415 - the same

    running: Any = reactor
    started = threading.Event()
    running.callWhenRunning(started.set)
    thread = threading.Thread(
        target=running.run, kwargs={"installSignalHandlers": False}, name="reactor", daemon=True
    )
    thread.start()
    started.wait()
    try:
        yield lambda function, *arguments: blockingCallFromThread(running, function, *arguments)
    finally:
        running.callFromThread(running.stop)
        thread.join()
