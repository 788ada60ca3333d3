"""What doctor has of its own; `test_check` has what both pages do."""

from __future__ import annotations

from tests.support.page_site import ViewTestCase


class DoctorTests(ViewTestCase):
    def test_the_page_says_what_is_not_searched(self) -> None:
        text = self.text("ada", "doctor")
        self.assertIn("Logs and the database are searched for secrets by that command alone", text)
        self.assertIn("1 problem, 1 not checked, 1 note.", text)
        self.assertNotIn("check-secrets", text)
