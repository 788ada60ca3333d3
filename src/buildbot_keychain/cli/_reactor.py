"""`run_in_reactor`: runs a coroutine in Twisted's reactor, which can run only once in a process."""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine
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
