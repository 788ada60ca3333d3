"""Times as people write and read them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli._times import (
    format_day,
    format_span,
    format_time,
    parse_expiry,
    parse_span,
)
from tests.support.store_keys import NOW

HOUR, DAY = 3600, 86_400


class TimesTests(SynchronousTestCase):
    def test_spans(self) -> None:
        for seconds, text in (
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (HOUR - 1, "59m"),
            (47 * HOUR, "47h"),
            (2 * DAY, "2d"),
            (729 * DAY, "729d"),
            (730 * DAY, "2y"),
        ):
            self.assertEqual(format_span(seconds), text)

    def test_a_time(self) -> None:
        self.assertEqual(format_time(NOW), "2026-09-21T14:13:20Z")
        self.assertEqual(format_day(NOW), "2026-09-21")

    def test_a_time_that_no_calendar_has(self) -> None:
        self.assertEqual(format_day(1 << 62), "9999-12-31")

    def test_what_a_span_may_be(self) -> None:
        self.assertEqual(
            [parse_span(text) for text in ("12h", "30d", "2w", "1y")],
            [12 * HOUR, 30 * DAY, 14 * DAY, 365 * DAY],
        )
        for wrong in ("", "5", "d", "0d", "-1d", "5m", "1.5d", "100000d", "٣d"):
            self.assertRaises(UsageError, parse_span, wrong)

    def test_an_expiry(self) -> None:
        for text, expected in (
            ("never", None),
            ("90d", NOW + 90 * DAY),
            ("2026-09-22", NOW + 9 * HOUR + 46 * 60 + 40),
            ("2026-09-21T15:13:20Z", NOW + HOUR),
            ("2026-09-21T15:13:20", NOW + HOUR),
            ("2026-09-21T17:13:20+02:00", NOW + HOUR),
        ):
            self.assertEqual(parse_expiry(text, NOW), expected)

    def test_what_an_expiry_cannot_be(self) -> None:
        for wrong in ("", "soon", "2026-09-21", "2026-13-01", "90"):
            self.assertRaises(UsageError, parse_expiry, wrong, NOW)
