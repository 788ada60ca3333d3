"""`Locations`: where a row belongs, in words."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.cli._database import Database
from buildbot_keychain.cli.scrub._locations import Locations
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.small_database import SmallDatabaseTestCase

TOKEN = "canary-W7/x+9pQ"


class LocationTests(SmallDatabaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("token", TOKEN)
        database = Database(self.url, self.directory)
        self.addCleanup(database.close)
        self.locations = Locations(database, redactor)

    def assertCell(self, table: str, column: str, row: dict[str, Any], location: str) -> None:
        self.assertEqual(self.locations.cell(table, column, row), location)

    def test_a_log(self) -> None:
        location = "builder release, build 118, step deploy, log stdio"
        self.assertEqual(self.locations.log(1000), location)

    def test_cells(self) -> None:
        row: dict[str, Any] = {"id": 10, "builderid": 1, "number": 118, "state_string": "x"}
        location = "builder release, build 118, builds.state_string"
        self.assertCell("builds", "state_string", row, location)
        row = {"buildid": 10, "name": "command", "value": "x"}
        location = "builder release, build 118, build_properties.value, name 'command'"
        self.assertCell("build_properties", "value", row, location)
        row = {"id": 7, "repository": "x"}
        self.assertCell("sourcestamps", "repository", row, "sourcestamps.repository, id 7")

    def test_what_a_row_refers_to_may_be_missing(self) -> None:
        for number, location in ((1, "log id 1"), (None, "log id None")):
            self.assertEqual(self.locations.log(number), location)
        self.assertCell("x", "y", {"buildid": 1}, "build id 1, x.y, buildid 1")
        self.assertCell("x", "y", {"builderid": 7}, "builder id 7, x.y, builderid 7")

    def test_names_are_redacted(self) -> None:
        self.insert("steps", 101, 1, 10, f"login {TOKEN}")
        self.insert("logs", 1001, "stdio", 101, "s")
        location = "builder release, build 118, step login <token>, log stdio"
        self.assertEqual(self.locations.log(1001), location)
