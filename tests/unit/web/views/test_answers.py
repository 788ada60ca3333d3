from __future__ import annotations

from buildbot_keychain.web.views._answers import json_answer, page, see_other
from tests.support.page_site import ViewTestCase


class AnswerTests(ViewTestCase):
    def test_a_page_is_that_of_its_host(self) -> None:
        shown = page(self.host, "refusal.html", 403, person=None, sentence="No.", log_in=False)
        self.assertEqual((shown.status, shown.content_type), (403, "text/html; charset=utf-8"))
        self.assertIn("Example CI", shown.body.decode())

    def test_json(self) -> None:
        answer = json_answer({"error": "\u00e9"}, 404)
        self.assertEqual((answer.status, answer.body), (404, b'{"error": "\\u00e9"}'))

    def test_a_form_leads_to_a_page(self) -> None:
        answer = see_other("approvals#recent")
        self.assertEqual((answer.status, answer.body), (303, b""))
        self.assertEqual(answer.headers, {"Location": "approvals#recent"})
