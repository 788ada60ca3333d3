from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sealed._writes import RecordedWrites
from buildbot_keychain.buildbot.state import DatabaseProblemError
from buildbot_keychain.errors import StoreUnavailable

PLACE = "file", "owner", "key"


class _Table:
    """Records when the test says so."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str, str]] = []
        self.answer: Deferred[None] = Deferred()

    async def record(self, place: tuple[str, str, str]) -> None:
        await self.answer
        self.recorded.append(place)


class RecordedWritesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.table = _Table()
        table: Any = self.table
        self.writes = RecordedWrites(table, {"older"})

    def test_it_is_known_at_once_and_written_behind(self) -> None:
        self.assertTrue(self.writes.has_sealed("file", "owner", "older"))
        self.assertFalse(self.writes.has_sealed(*PLACE))
        self.writes.record(*PLACE)
        self.writes.record(*PLACE)
        self.assertTrue(self.writes.has_sealed(*PLACE))
        recorded = [Deferred.fromCoroutine(self.writes.recorded()) for _ in range(2)]
        for each in recorded:
            self.assertNoResult(each)
        self.table.answer.callback(None)
        for each in recorded:
            self.successResultOf(each)
        self.assertEqual(self.table.recorded, [PLACE])

    def test_what_is_known_is_not_written(self) -> None:
        self.writes.record("file", "owner", "older")
        self.successResultOf(Deferred.fromCoroutine(self.writes.recorded()))
        self.assertEqual(self.table.recorded, [])

    def test_what_cannot_be_written_is_told(self) -> None:
        for problem, expected in (
            (DatabaseProblemError("it is full"), "it is full"),
            (RuntimeError("of a pool that stops"), "RuntimeError"),
        ):
            self.table.answer = Deferred()
            self.writes.record(*PLACE)
            recorded = Deferred.fromCoroutine(self.writes.recorded())
            self.table.answer.errback(problem)
            error = self.failureResultOf(recorded, StoreUnavailable).value
            self.assertIn(expected, str(error))
            self.assertFalse(self.writes.has_sealed(*PLACE))
