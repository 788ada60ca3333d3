"""The secrets that a configuration names; `test_inspection` has what both inspections do."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.support.inspections_in_memory import PLACES
from tests.support.page_site import ViewTestCase


class PlacesTests(ViewTestCase):
    def test_the_page(self) -> None:
        self.assertIn('<a href="check-secrets">', self.text("ada", "check"))
        text = self.text("ada", "check-secrets")
        self.assertIn("Places 1 to 2 of 2", text)
        self.assertIn("allowed, depending on branch", text)
        text = self.text("ada", "check-secrets?secret=b&state=missing&outcome=denied")
        self.assertIn("a reporter", text)
        self.assertNotIn("step 1", text)
        self.assertIn("None is found.", self.text("ada", "check-secrets?builder=none"))

    def test_choices_that_there_are_not(self) -> None:
        for query in ("state=x", "outcome=x", "after=x", f"secret={'x' * 1001}"):
            reply = self.pages.client("ada").open(f"check-secrets?{query}")
            self.assertEqual(reply.status, 400, query[:20])

    def test_pages_keep_what_was_chosen(self) -> None:
        self.host.inspections.named = [replace(PLACES[0], where=str(n)) for n in range(150)]
        text = self.text("ada", "check-secrets?secret=a&outcome=allowed")
        self.assertIn("check-secrets?secret=a&amp;outcome=allowed&amp;after=100", text)

    def test_programs(self) -> None:
        token = self.token_of("ada", "secrets:read")
        reply = self.pages.client().call("GET", "check/secrets?state=found", token)
        answer = json.loads(reply.text)
        self.assertEqual([each["secret"] for each in answer["places"]], ["a"])
        self.assertEqual((answer["count"], answer["after"]), (1, None))
        token = self.token_of("vera", "secrets:read")
        self.assertEqual(self.pages.client().call("GET", "check/secrets", token).status, 403)
