from __future__ import annotations

import gc
import io
import logging
import warnings
from typing import Any

from twisted.logger import Logger, LogPublisher, eventAsText, globalLogPublisher
from twisted.python import log as legacy
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks import _process_log
from buildbot_keychain.buildbot.sinks._process_log import redact_process_logs
from buildbot_keychain.redaction import Redactor
from tests.support.redact_calls import counted_calls

VALUE = "s3cr3t-of-the-process"


class ProcessLogTests(TestCase):
    def setUp(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.redactor = Redactor()
        self.redactor.add("token", VALUE)

    def observe(self) -> None:
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def log_all(self) -> None:
        Logger().info("new {value}", value=VALUE)
        legacy.msg(f"old {VALUE}")
        legacy.showwarning(f"warning {VALUE}", UserWarning, "file.py", 1)

    def check(self) -> None:
        text = "".join(map(eventAsText, self.events)) + repr(self.events)
        self.assertNotIn(VALUE, text)
        for one in ("new <token>", "old <token>", "warning <token>"):
            self.assertIn(one, text)

    def test_observers_that_were_there_before(self) -> None:
        self.observe()
        redact_process_logs(self.redactor)
        self.log_all()
        self.check()

    def test_observers_that_come_later(self) -> None:
        redact_process_logs(self.redactor)
        self.observe()
        self.log_all()
        self.check()

    def test_an_observer_can_still_be_removed(self) -> None:
        self.observe()
        redact_process_logs(self.redactor)
        observer: Any = self.events.append
        globalLogPublisher.removeObserver(observer)
        self.log_all()
        self.assertEqual(self.events, [])

    def test_the_standard_librarys_records_are_redacted_before_any_handler(self) -> None:
        redact_process_logs(self.redactor)
        records: list[logging.LogRecord] = []

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                records.append(record)

        logger = logging.getLogger("keychain.test")
        handler = Handler()
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        logger.propagate = False
        try:
            raise ValueError(VALUE)  # noqa: TRY301
        except ValueError:
            logger.exception("failed with %s", VALUE)
        (record,) = records
        self.assertEqual(record.getMessage(), "failed with <token>")
        self.assertNotIn(VALUE, logging.Formatter().format(record))
        self.assertNotIn(VALUE, repr(vars(record)))
        logger.warning("x", extra={"token": f"t {VALUE}"})
        self.assertEqual(vars(records[1])["token"], "t <token>")

    def test_two_masters_in_one_process_hide_each_others_secrets(self) -> None:
        other = Redactor()
        other.add("other", "another-secret-value")
        redact_process_logs(self.redactor)
        redact_process_logs(other)
        self.observe()
        legacy.msg(f"{VALUE} another-secret-value")
        self.assertIn("<token> <other>", eventAsText(self.events[0]))

    def test_a_redactor_goes_with_its_master(self) -> None:
        gone = Redactor()
        gone.add("gone", "value-of-a-master-that-is-gone")
        redact_process_logs(gone)
        del gone
        gc.collect()
        self.observe()
        legacy.msg("value-of-a-master-that-is-gone")
        self.assertIn("value-of-a-master-that-is-gone", eventAsText(self.events[0]))

    def test_warnings_go_where_twisted_leads_them(self) -> None:
        redact_process_logs(self.redactor)
        self.observe()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = legacy.showwarning
            warnings.warn(f"beware of {VALUE}", UserWarning, stacklevel=1)
        self.assertNotIn(VALUE, repr(self.events))
        self.assertIn("beware of <token>", "".join(map(eventAsText, self.events)))

    def test_an_event_is_redacted_once_for_all_observers(self) -> None:
        for _ in range(5):
            self.observe()
        redact_process_logs(self.redactor)
        self.observe()
        with counted_calls() as calls:
            legacy.msg("an event without a secret")
        self.assertEqual(calls.count, 1)

    def test_an_observer_that_fails_is_reported_to_the_others_without_the_secret(self) -> None:
        def broken(_event: dict[str, Any]) -> None:
            raise ValueError(VALUE)

        redact_process_logs(self.redactor)
        self.observe()
        observer: Any = broken
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        legacy.msg(f"old {VALUE}")
        text = "".join(map(eventAsText, self.events))
        self.assertNotIn(VALUE, text + repr(self.events))
        self.assertIn("old <token>", text)
        self.assertIn("Temporarily disabling observer", text)
        self.assertIn("ValueError: <token>", text)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    def test_legacy_observers(self) -> None:
        redact_process_logs(self.redactor)
        legacy.addObserver(self.events.append)
        self.log_all()
        self.assertEqual(
            [legacy.textFromEventDict(event) for event in self.events[:2]],
            ["new <token>", "old <token>"],
        )
        legacy.removeObserver(self.events.append)
        count = len(self.events)
        legacy.msg("more")
        self.assertEqual(len(self.events), count)

    def test_the_way_of_an_event_can_be_traced(self) -> None:
        redact_process_logs(self.redactor)
        self.observe()
        trace: list[Any] = []
        Logger().info("x {value}", value=VALUE, log_trace=trace)
        self.assertIn((globalLogPublisher, self.events.append), trace)

    def test_a_publisher_of_another_class_is_refused(self) -> None:
        class Other(LogPublisher):
            pass

        other = Other()
        self.patch(_process_log, "globalLogPublisher", other)
        self.assertRaises(TypeError, redact_process_logs, self.redactor)
        self.assertIs(type(other), Other)

    def test_handlers_that_are_called_directly(self) -> None:
        redact_process_logs(self.redactor)
        file = io.StringIO()
        record = logging.LogRecord("x", logging.INFO, "f.py", 1, "to %s", (VALUE,), None)
        logging.StreamHandler(file).handle(record)
        self.assertEqual(file.getvalue(), "to <token>\n")

    def test_the_filters_of_a_logger_see_redacted_records(self) -> None:
        redact_process_logs(self.redactor)
        seen: list[str] = []

        def see(record: logging.LogRecord) -> bool:
            seen.append(record.getMessage())
            return False

        logger = logging.getLogger("keychain.filtered")
        logger.addFilter(see)
        self.addCleanup(logger.removeFilter, see)
        logger.warning("to %s", VALUE)
        self.assertEqual(seen, ["to <token>"])
