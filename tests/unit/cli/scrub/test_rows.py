"""`RowScrubber`: rows are searched, replaced, kept or left."""

from __future__ import annotations

import io
import json

from buildbot_keychain.cli._database import Database
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.scrub._cell_redactor import CellRedactor
from buildbot_keychain.cli.scrub._locations import Locations
from buildbot_keychain.cli.scrub._readers import Readers
from buildbot_keychain.cli.scrub._report import Report
from buildbot_keychain.cli.scrub._rows import RowScrubber
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.small_database import SmallDatabaseTestCase

TOKEN = "canary-W7/x+9pQ"
KEY = "k9QmT2vXzR7pLw4YbN8HsJ3dFgA6eUt"
IN_BUILD = "token: builder release, build 118, "


class RowScrubberTests(SmallDatabaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", TOKEN)

    def scrub(self, name: str, *, writing: bool = True, guessable: bool = True) -> list[str]:
        """Scrub one table and return what is reported."""
        out = io.StringIO()
        database = Database(self.url, self.directory)
        report = Report(Terminal(io.StringIO(), show_status=False), writing=writing, out=out)
        locations = Locations(database, self.redactor)
        cells = CellRedactor(self.redactor)
        readers = Readers(database, self.redactor, guessable=guessable)
        rows = RowScrubber(database, cells, readers, locations, report)
        (table,) = (table for table in database.tables() if table.name == name)
        pages: list[int] = []
        numbers = list(rows.scrub(table, None, pages.append))
        self.assertEqual(len(numbers), len(pages))
        self.assertEqual(sum(pages), database.count(name))
        database.close()
        return out.getvalue().splitlines()

    def test_a_search_changes_nothing(self) -> None:
        self.insert("build_data", 1, 10, "coverage", TOKEN.encode(), 15)
        before = self.path.read_bytes()
        reported = self.scrub("build_data", writing=False)
        self.assertEqual(reported, [f"{IN_BUILD}build_data.value, name 'coverage'"])
        self.assertEqual(self.path.read_bytes(), before)

    def test_values_are_replaced_with_what_depends_on_them(self) -> None:
        self.insert("build_data", 1, 10, "coverage", b"\xff" + TOKEN.encode(), 16)
        reported = self.scrub("build_data")
        self.assertEqual(reported, [f"{IN_BUILD}build_data.value, name 'coverage' (replaced)"])
        self.assertEqual(self.query("SELECT value, length FROM build_data"), [(b"\xff<token>", 8)])
        self.assertEqual(self.scrub("build_data"), [])

    def test_identical_rows_without_a_primary_key(self) -> None:
        value = json.dumps([TOKEN])
        for _ in range(2):
            self.insert("build_properties", 10, "command", value, "Build")
        self.insert("build_properties", 10, "other", '"x"', "Build")
        location = f"{IN_BUILD}build_properties.value, name 'command' (replaced)"
        self.assertEqual(self.scrub("build_properties"), [location] * 2)
        values = self.query("SELECT value FROM build_properties ORDER BY name")
        self.assertEqual(values, [('["<token>"]',), ('["<token>"]',), ('"x"',)])

    def test_names_stay_unique(self) -> None:
        self.insert("steps", 101, 1, 10, TOKEN)
        self.insert("steps", 102, 2, 10, f"{TOKEN}\t")
        self.insert("steps", 103, 3, 10, "<token>")
        self.assertEqual(len(self.scrub("steps")), 2)
        names = self.query("SELECT name FROM steps WHERE id > 100 ORDER BY id")
        self.assertEqual(names, [("<token>_1",), ("<token>\t",), ("<token>",)])

    def test_names_of_the_configuration_are_kept(self) -> None:
        self.insert("builders", 2, f"with {TOKEN}")
        reported = self.scrub("builders")
        self.assertEqual(reported, ["token: builders.name, id 2 (kept: buildbot finds it by this)"])
        self.assertEqual(self.query("SELECT name FROM builders WHERE id = 2"), [(f"with {TOKEN}",)])

    def test_tables_of_other_programs_are_kept(self) -> None:
        self.insert("wiki", 1, TOKEN)
        (line,) = self.scrub("wiki")
        self.assertTrue(line.startswith("token: wiki.page, id 1 (kept"))
        self.assertEqual(self.query("SELECT page FROM wiki"), [(TOKEN,)])

    def test_values_that_the_database_rejects_are_left(self) -> None:
        with self.connection() as connection:
            connection.executescript(
                "CREATE TABLE patches (id INTEGER PRIMARY KEY, patch_comment TEXT UNIQUE)"
            )
        for number, text in ((1, f"a {TOKEN}"), (2, "a <token>")):
            self.insert("patches", number, text)
        (line,) = self.scrub("patches")
        self.assertIn("(left: ", line)

    def test_what_readers_could_guess_is_only_reported(self) -> None:
        self.redactor.add("pin", "837261")
        self.redactor.add("key", KEY)
        self.insert("builds", 11, 119, 1, f"837261 {KEY}")
        self.give(11, "other")
        shown = "(shown: it could be guessed, and no record says who was given it here)"
        location = "builder release, build 119, builds.state_string"
        reported = self.scrub("builds", guessable=False)
        self.assertEqual(reported, [f"pin: {location} {shown}", f"key: {location} (replaced)"])
        self.assertEqual(self.query("SELECT state_string FROM builds")[1], ("837261 <secret>",))
        self.give(11, "pin")
        reported = self.scrub("builds", guessable=False)
        self.assertEqual(reported, [f"pin: {location} (replaced)"])
        self.assertEqual(self.query("SELECT state_string FROM builds")[1], ("<pin> <secret>",))
