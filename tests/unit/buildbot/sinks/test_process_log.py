from __future__ import annotations

import gc
import logging
import warnings
from typing import Any

from twisted.logger import Logger, eventAsText, globalLogPublisher
from twisted.python import log as legacy
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks._process_log import redact_process_logs
from buildbot_keychain.redaction import Redactor

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
