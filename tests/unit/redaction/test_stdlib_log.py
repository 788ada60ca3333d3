from __future__ import annotations

import io
import logging
from pathlib import Path

from twisted.trial.unittest import TestCase

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.stdlib_log import RedactingFilter, redact_record
from buildbot_keychain.redaction.structures import WITHHELD
from tests.support.redact_calls import CountingRedactor

VALUE = "s3cr3t-t0ken"


class RedactingFilterTests(TestCase):
    def setUp(self) -> None:
        redactor = self.redactor = Redactor()
        redactor.add("token", VALUE)
        self.file = io.StringIO()
        self.records: list[logging.LogRecord] = []
        handler = logging.StreamHandler(self.file)
        handler.setFormatter(logging.Formatter("%(message)s %(custom)s", defaults={"custom": "-"}))
        handler.addFilter(RedactingFilter(redactor))
        self.handler = handler
        self.log = logging.Logger("test.logs")  # noqa: LOG001 - of this test alone
        self.log.addHandler(handler)

    def test_messages_and_arguments(self) -> None:
        self.log.info("a %s b %r", VALUE, [VALUE])
        self.log.info("%(x)s", {"x": VALUE})
        self.assertEqual(self.file.getvalue(), "a <token> b ['<token>'] -\n<token> -\n")

    def test_extra_fields_and_stacks(self) -> None:
        self.log.info("x", extra={"custom": f"c {VALUE}"}, stack_info=True)
        self.assertNotIn(VALUE, self.file.getvalue())
        self.assertIn("x c <token>", self.file.getvalue())
        self.assertIn("Stack (most recent call last)", self.file.getvalue())

    def test_numbers_in_extra_fields_and_not_those_of_every_record(self) -> None:
        record = logging.LogRecord("x", logging.INFO, "f.py", 1, "a", (), None)
        self.redactor.add("number", "48291377")
        record.process = 48291377
        vars(record)["custom"] = {"pin": 48291377, "port": 8080}
        redact_record(self.redactor, record)
        self.assertEqual(vars(record)["custom"], {"pin": "<number>", "port": 8080})
        self.assertEqual(record.process, 48291377)

    def test_objects_in_extra_fields(self) -> None:
        for value in (ValueError(VALUE), Path(f"/tmp/{VALUE}"), {"nested": [ValueError(VALUE)]}):
            self.log.info("x", extra={"custom": value})
        self.assertNotIn(VALUE, self.file.getvalue())
        self.assertEqual(self.file.getvalue().count("<token>"), 3)

    def test_tracebacks_with_their_source_lines(self) -> None:
        try:
            raise ValueError("s3cr3t-t0ken")  # noqa: TRY301
        except ValueError:
            self.log.exception("failed")
        self.assertNotIn(VALUE, self.file.getvalue())
        self.assertIn('raise ValueError("<token>")', self.file.getvalue())
        self.assertIn("ValueError: <token>", self.file.getvalue())

    def test_an_exception_without_a_secret_travels_on(self) -> None:
        seen: list[logging.LogRecord] = []

        def see(record: logging.LogRecord) -> bool:
            seen.append(record)
            return True

        self.handler.addFilter(see)
        try:
            raise ValueError("nothing")  # noqa: TRY301
        except ValueError:
            self.log.exception("failed")
        exc_info = seen[0].exc_info
        self.assertIs(exc_info and exc_info[0], ValueError)

    def test_a_message_that_cannot_be_formatted_is_withheld(self) -> None:
        self.log.info("%d", VALUE)
        self.assertEqual(self.file.getvalue(), f"{WITHHELD} -\n")

    def test_a_record_without_a_secret_keeps_its_arguments(self) -> None:
        record = logging.LogRecord("x", logging.INFO, "f.py", 1, "a %s b %r", ("c", [1]), None)
        vars(record)["custom"] = object()
        before = dict(vars(record))
        redact_record(self.redactor, record)
        self.assertEqual(vars(record), before)

    def test_a_secret_that_the_message_does_not_show(self) -> None:
        record = logging.LogRecord("x", logging.INFO, "f.py", 1, "a %.3s", (VALUE,), None)
        redact_record(self.redactor, record)
        self.assertNotIn(VALUE, repr(vars(record)))
        self.assertEqual(record.getMessage(), f"a {VALUE[:3]}")

    def test_a_record_without_a_secret_costs_few_calls(self) -> None:
        counting = CountingRedactor(self.redactor)
        record = logging.LogRecord("x", logging.INFO, "f.py", 1, "a %s of %d", ("b", 2), None)
        redact_record(counting, record)
        self.assertLessEqual(counting.calls, 2)
