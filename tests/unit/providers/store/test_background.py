from __future__ import annotations

import threading
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.store._background import Background


class BackgroundTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.done: list[str] = []
        self.again = threading.Semaphore(0)

    def background(self, interval: float = 3600) -> Background:
        def regularly() -> None:
            self.done.append("regularly")
            self.again.release()

        def attempt(work: Callable[[], object]) -> None:
            work()

        return Background("test", regularly, interval, lambda: self.done.append("last"), attempt)

    def end(self, background: Background) -> None:
        background.stop()
        background._thread.join(60)
        self.assertFalse(background._thread.is_alive())

    def test_what_is_to_be_done_is_done_in_its_order(self) -> None:
        background = self.background()
        background.start()
        self.again.acquire()
        background.do(lambda: self.done.append("one"))
        background.do(lambda: self.done.append("two"))
        self.end(background)
        self.assertEqual(self.done, ["regularly", "one", "two", "last"])

    def test_again_and_again(self) -> None:
        background = self.background(interval=0)
        background.start()
        for _ in range(3):
            self.assertTrue(self.again.acquire(timeout=60))
        self.end(background)

    def test_without_a_beginning_there_is_an_end(self) -> None:
        self.end(self.background())
        self.assertEqual(self.done, ["last"])
