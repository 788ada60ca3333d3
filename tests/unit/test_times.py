from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.times import http_date, rfc_3339

WRITTEN = datetime(2026, 11, 30, 3, 14, 15, tzinfo=timezone.utc).timestamp()


class TimeTests(SynchronousTestCase):
    def test_what_servers_and_programs_write(self) -> None:
        for text in (
            "2026-11-30T03:14:15Z",
            "2026-11-30T03:14:15.926535897Z",
            "2026-11-30T04:14:15+01:00",
            "2026-11-30t03:14:15z",
        ):
            self.assertEqual(rfc_3339(text), WRITTEN)
        self.assertEqual(http_date("Mon, 30 Nov 2026 03:14:15 GMT"), WRITTEN)

    def test_what_is_not_a_time(self) -> None:
        for odd in ("", None, 7, "2026-11-30", "2026-13-30T03:14:15Z", "2026-11-30T03:14:15", "x"):
            self.assertIsNone(rfc_3339(odd))
            self.assertIsNone(http_date(odd) if odd != "2026-11-30" else None)

    @given(st.text())
    def test_no_text_is_an_error(self, text: str) -> None:
        for read in (rfc_3339, http_date):
            self.assertIsInstance(read(text), (float, type(None)))

    @given(
        st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1)),  # noqa: DTZ001 - of any zone
        st.integers(-23 * 60, 23 * 60),
    )
    def test_any_time_in_any_zone(self, time: datetime, minutes: int) -> None:
        zoned = time.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
        self.assertEqual(rfc_3339(zoned.isoformat()), zoned.timestamp())
