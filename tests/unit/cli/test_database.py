"""`Database`: pages of rows, conditional writes, and errors that quote no value."""

from __future__ import annotations

import sqlite3
from warnings import catch_warnings

from buildbot_keychain.cli import CommandError
from buildbot_keychain.cli._database import Database, DuplicateValues
from tests.support.small_database import SmallDatabaseTestCase


class DatabaseTestCase(SmallDatabaseTestCase):
    def open(self, url: str | None = None) -> Database:
        database = Database(self.url if url is None else url, self.directory)
        self.addCleanup(database.close)
        return database


class ConnectionTests(DatabaseTestCase):
    """Databases that cannot be used."""

    def assertRejected(self, url: str, message: str) -> None:
        error = self.assertRaises(CommandError, self.open, url)
        self.assertIn(message, str(error))
        self.assertNotIn("pw-geheim", str(error))

    def test_a_url_that_is_not_one(self) -> None:
        for url in ("nonsense", "sqlite:///%(nonsense)s"):
            self.assertRejected(url, "the database URL is not valid: it must be like sqlite:///")

    def test_a_file_that_does_not_exist_is_not_created(self) -> None:
        self.assertRejected("sqlite:///gone.sqlite", "check --db-url and --basedir")
        self.assertFalse((self.directory / "gone.sqlite").exists())

    def test_a_database_of_another_program(self) -> None:
        (self.directory / "empty").touch()
        self.assertRejected("sqlite:///empty", "is not a Buildbot database")

    def test_a_file_that_is_not_a_database(self) -> None:
        (self.directory / "text").write_text("pw-geheim " * 200)
        self.assertRejected("sqlite:///text", "cannot read the tables of ")

    def test_a_driver_that_is_unknown(self) -> None:
        self.assertRejected("nosuchdb://u:pw-geheim@h/d", "cannot connect to ")

    def test_the_name_hides_the_password(self) -> None:
        database = self.open()
        self.assertFalse(database.has_password)
        self.assertEqual(database.name, self.url)


class ReadingTests(DatabaseTestCase):
    def test_tables_and_what_they_hold(self) -> None:
        tables = {table.name: table for table in self.open().tables()}
        self.assertEqual(
            [(column.name, column.limit) for column in tables["steps"].columns], [("name", 50)]
        )
        self.assertTrue(tables["build_data"].has_blobs)
        self.assertEqual(tables["build_properties"].primary_key, [])
        self.assertEqual(tables["builds"].primary_key, ["id"])

    def test_an_index_of_an_expression_is_no_reason_for_a_warning(self) -> None:
        with sqlite3.connect(self.directory / "state.sqlite") as connection:
            connection.execute("CREATE INDEX beginning ON steps (substr(name, 1, 8))")
        connection.close()
        with catch_warnings(record=True) as caught:
            self.open()
        self.assertEqual(caught, [])

    def test_rows_of_one_number_are_on_the_same_page(self) -> None:
        for build in (10, 11, 12):
            for name in ("a", "b"):
                self.insert("build_properties", build, name, '"x"', "Build")
        database = self.open()
        (table,) = (table for table in database.tables() if table.name == "build_properties")
        pages = [
            (number, [row["buildid"] for row in rows])
            for number, rows in database.pages(table, None, 3)
        ]
        self.assertEqual(pages, [(11, [10, 10, 11, 11]), (12, [12, 12])])
        self.assertEqual([number for number, _ in database.pages(table, 11, 3)], [12])
        self.assertEqual(database.count("build_properties"), 6)

    def test_chunks_go_on_to_the_next_log(self) -> None:
        self.insert("logs", 1001, "err", 100, "t")
        for log, first in ((1000, 0), (1000, 5), (1001, 0)):
            self.insert("logchunks", log, first, first + 4, b"x", 0)
        database = self.open()
        found = [
            [(row["logid"], row["first_line"], row["log_type"]) for row in rows]
            for rows in (database.chunks(0, 0, 2), database.chunks(1000, 5, 5))
        ]
        self.assertEqual(
            found, [[(1000, 0, "s"), (1000, 5, "s")], [(1000, 5, "s"), (1001, 0, "t")]]
        )

    def test_a_row_by_its_primary_key(self) -> None:
        database = self.open()
        row = database.find("builders", 1)
        assert row is not None
        self.assertEqual(row["name"], "release")
        for table, number in (("builders", 2), ("builders", None), ("no_table", 1)):
            self.assertIsNone(database.find(table, number))

    def test_text_that_is_not_utf8_can_be_read(self) -> None:
        with self.connection() as connection:
            connection.execute("UPDATE builders SET name = CAST(x'61ff' AS TEXT)")
        row = self.open().find("builders", 1)
        self.assertEqual(row and row["name"], "a\udcff")


class WritingTests(DatabaseTestCase):
    def test_a_row_is_replaced_if_it_is_still_as_it_was_read(self) -> None:
        database = self.open()
        row = {"id": 10, "state_string": "finished"}
        with database.transaction() as writer:
            self.assertTrue(writer.update("builds", row, {"state_string": "new"}))
            self.assertFalse(writer.update("builds", row, {"state_string": "newer"}))
        self.assertEqual(self.query("SELECT state_string FROM builds"), [("new",)])

    def test_a_chunk_is_replaced_if_it_still_has_the_same_lines(self) -> None:
        self.insert("logchunks", 1000, 0, 4, b"old", 0)
        database = self.open()
        (row,) = database.chunks(0, 0, 5)
        with database.transaction() as writer:
            self.assertTrue(writer.update_chunk("logchunks", row, {"content": b"new"}))
            gone = {**row, "last_line": 7}
            self.assertFalse(writer.update_chunk("logchunks", gone, {"content": b"newer"}))
        self.assertEqual(self.query("SELECT content FROM logchunks"), [(b"new",)])

    def test_values_that_are_not_unique(self) -> None:
        self.insert("steps", 101, 1, 10, "other")
        row = {"id": 101, "name": "other"}
        with self.open().transaction() as writer:
            update = (writer.update, "steps", row, {"name": "deploy"})
            self.assertRaises(DuplicateValues, *update)
            self.assertTrue(writer.update("steps", row, {"name": "another"}))
        self.assertEqual(self.query("SELECT name FROM steps WHERE id = 101"), [("another",)])

    def test_an_error_rolls_back_and_is_not_quoted(self) -> None:
        database = self.open()
        with self.connection() as connection:
            connection.execute("DROP TABLE wiki")

        def failing() -> None:
            with database.transaction() as writer:
                row = {"id": 10, "state_string": "finished"}
                writer.update("builds", row, {"state_string": "pw-geheim"})
                writer.update("wiki", {"id": 1, "page": "x"}, {"page": "pw-geheim"})

        error = self.assertRaises(CommandError, failing)
        self.assertIn("cannot write to sqlite:///", str(error))
        self.assertNotIn("pw-geheim", str(error))
        self.assertEqual(self.query("SELECT state_string FROM builds"), [("finished",)])

    def test_compacting_removes_what_was_replaced(self) -> None:
        self.insert("wiki", 1, "canary " * 2000)
        database = self.open()
        with self.connection() as connection:
            connection.execute("DELETE FROM wiki")
        self.assertIsNone(database.compact(rewritten=False))
        self.assertIn("backups", database.compact(rewritten=True) or "")
        self.assertNotIn(b"canary", self.path.read_bytes())
