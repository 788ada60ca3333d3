from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from twisted.logger import (
    FileLogObserver,
    ILogObserver,
    Logger,
    LogPublisher,
    eventAsText,
    formatEventAsClassicLogText,
)
from twisted.python import log as legacy
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import WITHHELD
from buildbot_keychain.redaction.twisted_log import RedactingObserver
from tests.support.redact_calls import CountingRedactor

VALUE = "s3cr3t-t0ken"


class Talkative:
    """An object whose texts hold a secret."""

    def __init__(self) -> None:
        self.attribute = VALUE

    def __repr__(self) -> str:
        return f"<Talkative {VALUE}>"


class VerySpecificError(Exception):
    def __init__(self, one: str, two: int) -> None:
        super().__init__(one, two)
        self.detail = one


def failure() -> Failure:
    try:
        raise VerySpecificError("with s3cr3t-t0ken inside", 2)  # noqa: TRY301
    except VerySpecificError:
        return Failure()


class RedactingObserverTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor()
        self.redactor.add("token", VALUE)
        self.file = io.StringIO()
        self.events: list[dict[str, Any]] = []
        observer = FileLogObserver(self.file, lambda e: formatEventAsClassicLogText(e) or "")
        self.publisher = LogPublisher(
            RedactingObserver(observer, self.redactor),
            RedactingObserver(self.events.append, self.redactor),
        )
        self.log = Logger(observer=self.publisher)
        self.legacy = legacy.LogPublisher(self.publisher, self.publisher)

    def check(self, *expected: str) -> None:
        text = self.file.getvalue() + "".join(map(eventAsText, self.events)) + repr(self.events)
        self.assertNotIn(VALUE, text)
        for one in expected:
            self.assertIn(one, self.file.getvalue())

    def test_it_is_an_observer(self) -> None:
        verifyObject(ILogObserver, RedactingObserver(print, self.redactor))

    def test_formats_and_fields(self) -> None:
        self.log.info("a {value} b {missing!r}", value=VALUE, missing=[VALUE])
        self.log.info("plain s3cr3t-t0ken")
        self.check("a <token> b ['<token>']", "plain <token>")

    def test_objects_whose_text_holds_a_secret(self) -> None:
        self.log.info("got {thing} and {thing.attribute}", thing=Talkative())
        self.check("got <Talkative <token>> and <token>")

    def test_a_secret_that_two_fields_make_up(self) -> None:
        self.log.info("{a}{b}", a=VALUE[:6], b=VALUE[6:])
        self.assertNotIn(VALUE, self.file.getvalue())
        self.assertIn("<token>", self.file.getvalue())

    def test_failures_with_their_source_lines(self) -> None:
        self.log.failure("oh {x}", failure=failure(), x=VALUE)
        self.check("oh <token>", "VerySpecificError", "<token> inside", "test_twisted_log.py")

    def test_a_failure_keeps_its_type(self) -> None:
        self.log.failure("oh", failure=failure())
        redacted = self.events[0]["log_failure"]
        self.assertTrue(redacted.check(VerySpecificError))
        self.assertEqual(redacted.value.detail, "with <token> inside")
        self.check()

    def test_captured_variables_do_not_travel_on(self) -> None:
        def fail() -> None:
            local = VALUE
            raise VerySpecificError(local, 1)

        try:
            fail()
        except VerySpecificError:
            captured = Failure(captureVars=True)
        self.log.failure("oh", failure=captured)
        redacted = self.events[0]["log_failure"]
        self.assertNotIn(VALUE, repr(redacted.frames) + redacted.getTraceback(detail="verbose"))
        self.assertIn("fail", redacted.getTraceback())

    def test_a_failure_without_secrets_is_handed_on_as_it_is(self) -> None:
        plain = Failure(ValueError("nothing"))
        self.log.failure("oh", failure=plain)
        self.assertIs(self.events[0]["log_failure"], plain)

    def test_the_old_system(self) -> None:
        self.legacy.msg(f"message {VALUE}", 3)
        self.legacy.msg(format="%(x)s and %(y)r", x=VALUE, y=Talkative())
        self.check("message <token> 3", "<token> and <Talkative <token>>")

    def test_failures_of_the_old_system(self) -> None:
        self.legacy.msg(failure=failure(), why=f"because {VALUE}", isError=1)
        self.check("because <token>", "VerySpecificError", "<token> inside")

    def test_events_without_secrets_are_unaltered(self) -> None:
        thing = object()
        self.log.info("x {thing}", thing=thing)
        self.assertIs(self.events[0]["thing"], thing)

    def test_the_original_event_is_unaltered(self) -> None:
        event = {"log_format": "{x}", "x": VALUE}
        RedactingObserver(self.events.append, self.redactor)(event)
        self.assertEqual(event, {"log_format": "{x}", "x": VALUE})

    def test_what_cannot_be_redacted_is_withheld(self) -> None:
        class Broken:
            def redact(self, text: str) -> str:
                raise RuntimeError(text)

        events: list[dict[str, Any]] = []
        RedactingObserver(events.append, Broken())({"log_format": "{x}", "x": VALUE})
        self.assertNotIn(VALUE, repr(events))
        self.assertIn(WITHHELD, eventAsText(events[0]))

    def test_it_can_be_removed_by_who_added_the_original(self) -> None:
        self.publisher.removeObserver(self.events.append)  # type: ignore[arg-type]
        self.log.info("x")
        self.assertEqual(self.events, [])

    def test_an_event_without_text(self) -> None:
        events: list[dict[str, Any]] = []
        observer = RedactingObserver(events.append, self.redactor)
        observer({"log_format": None, "metric": 1})
        observer({"message": (), "isError": 0, "metric": [VALUE]})
        self.assertEqual(events[0], {"log_format": None, "metric": 1})
        self.assertEqual(events[1]["metric"], ["<token>"])

    def test_the_system_is_redacted(self) -> None:
        self.legacy.msg("hello", system=f"Site,{VALUE}")
        self.check("[Site,<token>] hello")


class CostTests(TestCase):
    """How many texts are redacted for an event that shows nothing."""

    def calls(self, log: Callable[[Any], object]) -> int:
        redactor = Redactor()
        redactor.add("token", VALUE)
        counting = CountingRedactor(redactor)
        events: list[dict[str, Any]] = []
        log(RedactingObserver(events.append, counting))
        self.assertEqual(len(events), 1)
        return counting.calls

    def test_an_old_message(self) -> None:
        def log(observer: Any) -> None:
            publisher = legacy.LogPublisher(observer, observer)
            publisher.msg("a message of some length", system="Broker,client")

        self.assertEqual(self.calls(log), 1)

    def test_a_new_one(self) -> None:
        def log(observer: Any) -> None:
            Logger(observer=observer).info("{a} of {b} is done", a=1, b=object())

        self.assertLessEqual(self.calls(log), 2)

    def test_one_without_text(self) -> None:
        def log(observer: Any) -> None:
            legacy.LogPublisher(observer, observer).msg(metric=object())

        self.assertEqual(self.calls(log), 0)
