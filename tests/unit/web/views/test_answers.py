from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from buildbot_keychain.web.views._answers import address, json_answer, page, see_other
from tests.support.page_site import ViewTestCase


class AnswerTests(ViewTestCase):
    def test_a_page_is_that_of_its_host(self) -> None:
        values = {"person": None, "sentence": "No.", "heading": "Not allowed", "log_in": ""}
        shown = page(self.host, "refusal.html", 403, **values)
        self.assertEqual((shown.status, shown.content_type), (403, "text/html; charset=utf-8"))
        self.assertIn("Example CI", "".join(cast("Iterator[str]", shown.body)))

    def test_json(self) -> None:
        answer = json_answer({"error": "\u00e9"}, 404)
        self.assertEqual(answer.status, 404)
        self.assertEqual("".join(cast("Iterator[str]", answer.body)), '{"error": "\\u00e9"}')

    def test_a_form_leads_to_a_page(self) -> None:
        answer = see_other("approvals#recent")
        self.assertEqual((answer.status, answer.body), (303, b""))
        self.assertEqual(answer.headers, {"Location": "approvals#recent"})

    def test_an_address_says_what_is_not_empty(self) -> None:
        query = {"secret": "a&b", "after": "7", "tag": ""}
        self.assertEqual(address("builders", query), "builders?secret=a%26b&after=7")
        self.assertEqual(address("builders", query, after="8"), "builders?secret=a%26b&after=8")
        self.assertEqual(address("builders", query, secret="", after=""), "builders")
        self.assertEqual(address("builders", {"tag": "\udc80"}), "builders?tag=%ED%B2%80")
