"""When what is recorded of builds is written."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import LaterWrites
from buildbot_keychain.buildbot.builds._later_writes import PAUSE


class Master(MultiService):
    def __init__(self) -> None:
        super().__init__()
        self.reactor: Any = Clock()


class LaterWritesTests(SynchronousTestCase):
    """`LaterWrites`."""

    def setUp(self) -> None:
        self.master = Master()
        self.master.startService()
        self.later = LaterWrites(self.master)
        self.written: list[str] = []

    def write(self, name: str) -> Any:
        return lambda: self.written.append(name)

    def test_in_the_next_turn(self) -> None:
        self.later.soon(self.write("a"))
        self.later.soon(self.write("b"))
        self.assertEqual(self.written, [])
        self.master.reactor.advance(0)
        self.assertEqual(self.written, ["a", "b"])

    def test_in_a_second_at_the_latest(self) -> None:
        self.later.within_a_second(self.write("a"))
        self.master.reactor.advance(PAUSE / 2)
        self.later.within_a_second(self.write("b"))
        self.assertEqual(self.written, [])
        self.master.reactor.advance(PAUSE / 2)
        self.assertEqual(self.written, ["a", "b"])
        self.assertEqual(self.master.reactor.getDelayedCalls(), [])

    def test_what_waits_is_written_with_what_does_not(self) -> None:
        self.later.within_a_second(self.write("a"))
        self.later.soon(self.write("b"))
        self.master.reactor.advance(0)
        self.assertEqual(self.written, ["a", "b"])
        self.assertEqual(self.master.reactor.getDelayedCalls(), [])

    def test_a_master_that_stops_while_something_is_written(self) -> None:
        writing: Deferred[None] = Deferred()
        self.later.within_a_second(lambda: writing)
        self.later.soon(self.write("a"))
        self.master.reactor.advance(0)
        stopped = self.master.stopService()
        self.assertNoResult(stopped)
        writing.callback(None)
        self.successResultOf(stopped)

    def test_a_master_that_stops(self) -> None:
        """It waits until all is written; what comes after that does not wait."""
        writing: Deferred[None] = Deferred()
        self.later.within_a_second(lambda: writing)
        self.later.within_a_second(self.write("a"))
        stopped = self.master.stopService()
        self.assertEqual(self.written, ["a"])
        self.assertNoResult(stopped)
        writing.callback(None)
        self.successResultOf(stopped)
        self.assertEqual(self.master.reactor.getDelayedCalls(), [])
        self.later.within_a_second(self.write("b"))
        self.master.reactor.advance(0)
        self.assertEqual(self.written, ["a", "b"])
