"""`Background`: a thread for what no lookup waits for, and for what is done again and again.

It needs no reactor, and neither the process nor a service waits for it to end.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from time import monotonic


class Background:
    """A thread that runs from `start` to `stop`, once.

    :param name: of the thread, for debuggers.
    :param regularly: called at the beginning, and each `interval` seconds.
    :param last: called at the end, even if there was no beginning.
    :param attempt: calls its argument, and reports the errors of that.
    """

    def __init__(
        self,
        name: str,
        regularly: Callable[[], object],
        interval: float,
        last: Callable[[], object],
        attempt: Callable[[Callable[[], object]], object],
    ) -> None:
        self._regularly = regularly
        self._interval = interval
        self._last = last
        self._attempt = attempt
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def do(self, work: Callable[[], object]) -> None:
        """Do `work` soon, or when the thread begins."""
        self._jobs.put(work)

    def stop(self) -> None:
        """Do what is left, and end."""
        self._jobs.put(None)
        if self._thread.ident is None:
            self._thread.start()

    def _serve(self) -> None:
        due = monotonic()
        while True:
            try:
                work = self._jobs.get(timeout=max(0.0, due - monotonic()))
            except queue.Empty:
                due = monotonic() + self._interval
                work = self._regularly
            if work is None:
                break
            self._attempt(work)
        self._attempt(self._last)
