from __future__ import annotations

import json

from buildbot_keychain.bearer_tokens import SCOPES
from buildbot_keychain.web import ROUTES, Kind
from tests.support.page_site import ViewTestCase

ADDRESS = "openapi.json"


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

    def test_so_does_every_program_that_has_a_token(self) -> None:
        for scope in SCOPES:
            reply = self.pages.client().call("GET", ADDRESS, self.token_of("nina", scope))
            self.assertEqual(reply.status, 200, scope)
        self.assertEqual(self.pages.client("ada").call("GET", ADDRESS, None).status, 401)
        self.assertEqual(self.pages.client("ada").open(f"api/v1/{ADDRESS}").status, 401)

    def test_addresses_begin_at_the_first_page(self) -> None:
        for_people = json.loads(self.text("ada", ADDRESS))
        for_programs = json.loads(self.pages.client().call("GET", ADDRESS, "t").text)
        self.assertEqual(for_people["servers"], [{"url": "./"}])
        self.assertEqual(for_programs, {**for_people, "servers": [{"url": "../../"}]})

    def test_each_operation_has_a_summary_of_its_own(self) -> None:
        paths = json.loads(self.text("ada", ADDRESS))["paths"]
        summaries = [each["summary"] for path in paths.values() for each in path.values()]
        self.assertEqual(len(set(summaries)), sum(route.kind is Kind.JSON for route in ROUTES))
        self.assertTrue(all(summary.endswith(".") for summary in summaries))
