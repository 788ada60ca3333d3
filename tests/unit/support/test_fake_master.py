from __future__ import annotations

import threading
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from tests.support.fake_master import ThreadsClock


class Later(DelayedCall):
    """Has another thread do something when it is compared with others."""

    def __init__(self, clock: ThreadsClock, done: Deferred[str]) -> None:
        super().__init__(1, lambda: None, (), {}, lambda _: None, lambda _: None, clock.seconds)
        self.thread = threading.Thread(target=clock.callFromThread, args=(done.callback, "done"))

    def getTime(self) -> Any:
        if self.thread.ident is None:
            self.thread.start()
            self.thread.join()
        return super().getTime()


class ThreadsClockTests(SynchronousTestCase):
    def test_what_a_thread_asks_for_while_calls_are_sorted_is_done(self) -> None:
        clock, done = ThreadsClock(), Deferred[str]()
        clock.calls.append(Later(clock, done))
        clock.callLater(0, lambda: None)
        clock.finish(done)
        self.assertEqual(self.successResultOf(done), "done")
