from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.logger import formatEvent, globalLogPublisher
from twisted.trial.unittest import TestCase

from buildbot_keychain.audit import (
    AuditToFile,
    AuditTrail,
    Event,
    Given,
    Hidden,
    Lookup,
    Trail,
)
from buildbot_keychain.audit import _channel as channel_module
from buildbot_keychain.audit import trail as trail_module
from buildbot_keychain.audit._channel import MOST
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import AuditUnavailable
from buildbot_keychain.redaction import Redactor
from tests.support.audit_records import HeldSink, problems

UNKNOWN = Requester("unknown")
EVENT = Hidden("x", "log")


def given(name: str) -> Given:
    return Given(name, UNKNOWN, (), ("files", "", 3, "", "provider", ""))


GIVEN = given("x")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    while not condition():
        await deferLater(reactor, 0.01)


class ObserverTests(TestCase):
    def test_each_observer_is_told_until_it_ends_that(self) -> None:
        trail, seen = AuditTrail(Redactor()), list[Event]()
        self.assertFalse(trail.is_watched)

        def fail(_: Event) -> None:
            raise ValueError

        end_failing, end = trail.observe(fail), trail.observe(seen.append)
        self.assertTrue(trail.is_watched)
        trail.record(EVENT)
        self.assertEqual((seen, len(self.flushLoggedErrors(ValueError))), ([EVENT], 1))
        end()
        end_failing()
        trail.record(EVENT)
        self.assertEqual((seen, trail.is_watched), ([EVENT], False))


class TrailCase(TestCase):
    def setUp(self) -> None:
        self.logged = list[str]()
        observer: Any = lambda event: self.logged.append(formatEvent(event))  # noqa: E731
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.trail = AuditTrail(Redactor())
        self.sink, self.other = HeldSink("one"), HeldSink("two")

    async def stop(self) -> None:
        self.sink.release()
        self.other.release()
        self.sink.error = self.other.error = None
        await self.trail.stop()

    def tearDown(self) -> Any:
        return Deferred.fromCoroutine(self.stop())

    def names(self, sink: HeldSink) -> list[str]:
        return [record.event.secret for record in sink.records if isinstance(record.event, Hidden)]

    def record(self, *names: str) -> None:
        for name in names:
            self.trail.record(Hidden(name, "log"))


class RepetitionTests(TrailCase):
    def give(self, *given: Given) -> None:
        for each in given:
            self.trail.give(each, None)

    def times(self, sink: HeldSink) -> list[int]:
        return [record.times for record in sink.records]

    async def test_what_waits_stands_for_what_is_alike(self) -> None:
        self.trail.use([self.sink, self.other])
        other = given("y")
        self.give(GIVEN, GIVEN, other, GIVEN)
        await until(lambda: all(state.written == 2 for state in self.trail.states))
        self.give(GIVEN, GIVEN)
        await self.trail.stop()
        self.assertEqual((self.times(self.sink), self.times(self.other)), ([3, 1, 2],) * 2)

    async def test_what_is_not_written_everywhere_stands_for_nothing_else(self) -> None:
        self.sink.hold()
        self.trail.use([self.sink])
        self.give(GIVEN)
        self.trail.use([self.sink, self.other])
        self.give(GIVEN)
        self.sink.release()
        await self.trail.stop()
        self.assertEqual((self.times(self.sink), self.times(self.other)), ([1, 1], [1]))

    async def test_what_is_lost_stands_for_nothing_else(self) -> None:
        self.sink.hold()
        self.trail.use([self.sink])
        self.record("first")
        await until(lambda: self.trail.states[0].lag > 0)
        self.record(*map(str, range(MOST)))
        self.give(GIVEN, GIVEN)
        self.assertEqual(self.trail.states[0].lost, 2)

    async def test_what_stands_for_nothing_else_any_longer_is_not_kept(self) -> None:
        self.patch(trail_module, "_WATCHING", 0.01)
        now = [0.0]
        self.trail = AuditTrail(Redactor(), seconds=lambda: now[0])
        self.sink.hold()
        self.trail.use([self.sink])
        self.give(given("early"))
        now[0] = 0.5
        self.give(given("late"))
        now[0] = 1.1
        await until(lambda: [each.secret for each in self.trail._repeatable] == ["late"])

    def test_observers_are_told_of_each(self) -> None:
        self.trail.use([self.sink])
        seen: list[Event] = []
        self.trail.observe(seen.append)
        self.give(GIVEN, GIVEN)
        self.assertEqual(seen, [Lookup("x", UNKNOWN, provider="files", version=3)] * 2)


class SinkTests(TrailCase):
    async def test_each_sink_gets_each_event_in_its_order(self) -> None:
        self.trail.use([self.sink, self.other])
        names = [str(number) for number in range(3000)]
        self.record(*names)
        await self.trail.stop()
        self.assertEqual((self.names(self.sink), self.names(self.other)), (names, names))
        self.assertLess(len(self.sink.batches), 10)
        self.assertEqual([sink.closed for sink in (self.sink, self.other)], [1, 1])
        self.assertEqual([state.written for state in self.trail.states], [3000, 3000])

    async def test_a_sink_that_hangs_holds_up_nobody(self) -> None:
        self.trail.use([self.sink, self.other], deadline=0.2)
        self.sink.hold()
        self.record("a")
        await until(lambda: "has not answered for" in self.trail.states[0].problem)
        self.assertEqual(self.names(self.other), ["a"])
        await until(lambda: "'one' does not write: it has not answered" in "".join(self.logged))
        self.sink.release()
        await until(lambda: not self.trail.states[0].problem)
        self.assertEqual(self.names(self.sink), ["a"])

    async def test_what_fails_is_tried_again_and_nothing_of_it_is_shown(self) -> None:
        self.trail.use([self.sink])
        self.sink.error = ValueError("tr0ub4dor")
        self.record("a", "b")
        await until(lambda: bool(self.logged))
        self.assertIn("'one' does not write: it failed with ValueError", self.logged[0])
        self.assertNotIn("tr0ub4dor", "".join(self.logged))
        self.sink.error = None
        await until(lambda: len(self.logged) == 2)
        self.assertIn("writes again", self.logged[1])
        self.assertEqual(self.names(self.sink), ["a", "b"])

    async def test_what_does_not_fit_is_counted_and_told(self) -> None:
        self.trail.use([self.sink])
        self.sink.hold()
        self.record("first")
        await until(lambda: self.trail.states[0].lag > 0)
        self.record(*map(str, range(MOST + 5)))
        self.assertEqual((self.trail.states[0].lost, self.trail.states[0].waiting), (5, MOST + 1))
        self.sink.release()
        await self.trail.stop()
        told = [each.event for each in self.sink.records if isinstance(each.event, Trail)]
        self.assertEqual([(event.action, event.count) for event in told], [("lost", 5)])
        self.assertEqual(len(self.sink.records), MOST + 2)

    async def test_reconfiguration_keeps_what_stays_and_finishes_what_goes(self) -> None:
        self.trail.use([self.sink, self.other])
        self.record("a")
        third = HeldSink("three")
        self.trail.use([third, self.sink])
        self.record("b")
        await self.trail.stop()
        await until(lambda: bool(self.other.closed))
        found = [self.names(sink) for sink in (self.sink, self.other, third)]
        self.assertEqual(found, [["a", "b"], ["a"], ["b"]])

    async def test_one_that_takes_the_place_of_another_is_told_of_anew(self) -> None:
        self.trail.use([self.sink])
        self.sink.error = ValueError()
        self.record("a")
        await until(lambda: len(self.logged) == 1)
        successor = HeldSink(self.sink.name)
        successor.error = ValueError()
        self.sink.error = None
        self.trail.use([successor])
        self.record("b")
        await until(lambda: len(self.logged) == 2)
        self.assertIn("'one' does not write", self.logged[1])
        successor.error = None

    async def test_two_of_one_name_are_told_of_once_each(self) -> None:
        other = HeldSink(self.sink.name)
        self.trail.use([self.sink, other])
        self.sink.error = ValueError()
        self.record("a")
        await until(lambda: bool(self.logged and other.records))
        for _ in range(3):
            self.trail._look_at_sinks()
        self.assertEqual(len(self.logged), 1)

    async def test_what_comes_after_the_end_is_written_too(self) -> None:
        self.trail.use([self.sink])
        for name in "abc":
            self.record(name)
            await self.trail.stop()
        self.assertEqual((self.names(self.sink), self.sink.closed), (["a", "b", "c"], 3))

    async def test_a_stop_gives_up_what_hangs(self) -> None:
        self.patch(trail_module, "FLUSHING", 0.1)
        self.trail.use([self.sink])
        self.sink.hold()
        self.record("a", "b")
        await self.trail.stop()
        self.assertIn("was given up with 2 events: they are lost", self.logged[-1])
        self.assertEqual(self.trail.states[0].lost, 2)


class RefusalTests(TrailCase):
    """A record that a sink never takes holds up no others."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(channel_module, "_SHORTEST_PAUSE", 0.01)

    async def test_it_is_set_aside_and_reported(self) -> None:
        self.sink.refused = "poison"
        self.sink.hold()
        self.trail.use([self.sink, self.other])
        names = [f"n{number}" for number in range(40)]
        names[17] = names[29] = "poison"
        self.record(*names)
        self.sink.release()
        well = [name for name in names if name != "poison"]
        await until(lambda: self.names(self.sink) == well)
        self.assertEqual(self.names(self.other), names)
        (state, _) = self.trail.states
        self.assertEqual((state.lost, state.problem), (2, ""))
        events: list[Any] = [record.event for record in self.sink.records]
        reports = [event for event in events if event.kind == "trail"]
        self.assertEqual([(e.action, e.count) for e in reports], [("refused", 1)] * 2)
        self.assertNotIn("poison", repr(reports))
        await until(lambda: len([line for line in self.logged if "refuses an event" in line]) == 2)
        self.assertIn('"secret":"poison"', "".join(self.logged))

    async def test_while_a_sink_takes_nothing_nothing_is_set_aside(self) -> None:
        self.sink.error = OSError(28, "No space left on device")
        self.trail.use([self.sink])
        names = [f"n{number}" for number in range(10)]
        self.record(*names)
        await until(lambda: self.sink.attempts > 20)
        self.sink.error = None
        await until(lambda: self.names(self.sink) == names)
        self.assertEqual(self.trail.states[0].lost, 0)

    async def test_a_sink_that_works_again_when_it_is_told_of_a_refusal(self) -> None:
        """As one that has waited for the lock of a database each time."""
        write, failing = self.sink.write, [OSError(11, "locked")] * 3

        def work_after_a_while(records: Any) -> None:
            if failing:
                raise failing.pop()
            write(records)

        self.patch(self.sink, "write", work_after_a_while)
        self.trail.use([self.sink])
        self.record("a")
        await until(lambda: not failing and self.trail.states[0].waiting == 0)
        self.assertEqual(self.names(self.sink), ["a"])
        (state,) = self.trail.states
        self.assertEqual((state.lost, state.problem), (0, ""))

    async def test_what_cannot_be_said(self) -> None:
        class Bad(Hidden):
            @property
            def __dict__(self) -> Any:  # type: ignore[override]
                raise KeyError

        self.trail.use([AuditToFile(Path(self.mktemp()).absolute())])
        self.trail.record(Bad("x", "log"))
        self.record("a")
        await until(lambda: any("cannot be said: KeyError" in line for line in self.logged))
        await until(lambda: self.trail.states[0].waiting == 0)
        self.assertEqual(self.trail.states[0].lost, 1)

    async def test_who_must_not_go_unrecorded_is_denied(self) -> None:
        self.sink.refused = "poison"
        self.trail.use([self.sink], fail_closed=True, deadline=0.3)
        with self.assertRaises(AuditUnavailable):
            await self.trail.require(given("poison"), None)
        await until(lambda: not self.trail.states[0].problem)
        await self.trail.require(given("a"), None)


class FailClosedTests(TrailCase):
    async def refused(self, secret: str) -> AuditUnavailable:
        try:
            await self.trail.require(given(secret), None)
        except AuditUnavailable as error:
            return error
        return self.fail("it was accepted")

    async def test_one_sink_that_accepts_is_enough(self) -> None:
        self.trail.use([self.sink, self.other], fail_closed=True, deadline=5)
        self.sink.hold()
        await self.trail.require(given("x"), None)
        self.assertEqual(len(self.other.records), 1)

    async def test_without_it_nobody_waits(self) -> None:
        self.trail.use([self.sink])
        self.sink.hold()
        await self.trail.require(given("x"), None)

    async def test_an_error_of_all_sinks_fails_at_once_and_so_does_what_follows(self) -> None:
        self.trail.use([self.sink], fail_closed=True, deadline=60)
        self.sink.error = OSError(28, "No space left on device", "/var/log/audit.jsonl")
        for _ in range(2):
            error = await self.refused("deploy")
            self.assertIn("'deploy'", str(error))
            self.assertIn("one: /var/log/audit.jsonl: No space left on device", str(error))
            self.assertNotIn("/var/log", error.page_message)
            self.assertTrue(error.retryable)
        self.sink.error = None
        await until(lambda: not self.trail.states[0].problem)
        await self.trail.require(given("deploy"), None)

    async def test_a_sink_that_hangs_fails_at_the_deadline_and_then_at_once(self) -> None:
        self.trail.use([self.sink], fail_closed=True, deadline=0.1)
        self.sink.hold()
        for _ in range(2):
            error = await self.refused("x")
        self.assertIn("one: it has not answered for", str(error))
        self.assertEqual(self.trail.states[0].waiting, 1)

    async def test_other_arguments_of_a_file_leave_no_gap(self) -> None:
        """The one that is given up has a lock on it until it has written everything."""
        path = self.mktemp()
        for keep in range(20):
            self.trail.use([AuditToFile(path, keep=keep)], fail_closed=True)
            for _ in range(200):
                self.trail.record(EVENT)
            await self.trail.require(GIVEN, None)
        await self.trail.stop()
        self.assertEqual((self.logged, problems(Path(path))), ([], []))

    async def test_many_wait_for_one_write(self) -> None:
        self.trail.use([self.sink], fail_closed=True)
        waiting = [Deferred.fromCoroutine(self.trail.require(GIVEN, None)) for _ in range(500)]
        await gatherResults(waiting)
        self.assertLess(len(self.sink.batches), 20)
