from __future__ import annotations

import json

from buildbot_keychain.web import ROUTES, Kind
from tests.support.page_site import ViewTestCase

ADDRESS = "api/v1/openapi.json"


class DescriptionTests(ViewTestCase):
    def test_whoever_may_open_the_page_sees_it(self) -> None:
        for person, status in (
            ("ada", 200),
            ("vera", 200),
            ("rolf", 200),
            ("nina", 403),
            ("", 403),
        ):
            self.assertEqual(self.pages.client(person).open(ADDRESS).status, status, person)

    def test_each_operation_has_a_summary_of_its_own(self) -> None:
        paths = json.loads(self.text("ada", ADDRESS))["paths"]
        summaries = [each["summary"] for path in paths.values() for each in path.values()]
        self.assertEqual(len(set(summaries)), sum(route.kind is Kind.JSON for route in ROUTES))
        self.assertTrue(all(summary.endswith(".") for summary in summaries))
