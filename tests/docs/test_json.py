"""`docs/reference/json.md` has every request that programs can make."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import ROUTES, SCOPES, Action, Kind, Role, may

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md"
STORES = "api/v1/store/"


class JsonPageTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.page = PAGE.read_text(encoding="utf-8")
        self.routes = [
            route for route in ROUTES if route.kind is Kind.JSON and route.action is not None
        ]
        self.stores = [route for route in self.routes if route.path.startswith(STORES)]

    def test_each_request_and_its_scope(self) -> None:
        found = re.findall(r"^\| `([A-Z]+ [^`]*)` \| `([^`]*)`( \*)? \|", self.page, re.MULTILINE)
        expected = {
            (
                f"{route.method} {route.path}",
                SCOPES[action],
                " *" * self.is_for_administrators(action),
            )
            for route in self.routes
            if (action := route.action) is not None
        }
        self.assertEqual({*found}, expected)

    @staticmethod
    def is_for_administrators(action: Action) -> bool:
        return [role for role in Role if may([role], action)] == [Role.ADMIN]

    def test_each_member_of_what_is_sent(self) -> None:
        rows = re.findall(r"^\| (`.*?) \| [^|]* \| ", self.page, re.MULTILINE)
        named = set(re.findall(r"`(\w+)`", " ".join(rows)))
        sent = {name for route in self.stores for name in (route.sends or {}).get("properties", ())}
        self.assertEqual(sent - named, {"version", "new", "purge"})
        for name in ("version", "new", "purge"):
            self.assertRegex(self.page, rf'[`"]{name}["`]')

    def test_how_long_a_body_may_be(self) -> None:
        longest = max(route.longest_body for route in self.stores) >> 10
        self.assertIn(f"{longest} KiB", self.page)
