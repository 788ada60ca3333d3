"""`Readers`: which build a row belongs to, and what its readers have."""

from __future__ import annotations

from buildbot_keychain.cli._database import Database
from buildbot_keychain.cli.scrub._readers import Readers
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.small_database import SmallDatabaseTestCase


class ReadersTests(SmallDatabaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        with self.connection() as connection:
            connection.executescript(
                "CREATE TABLE buildsets (id INTEGER PRIMARY KEY, parent_buildid INTEGER);"
                "CREATE TABLE test_result_sets (id INTEGER PRIMARY KEY, buildid INTEGER);"
                "INSERT INTO buildsets VALUES (5, 10), (6, NULL);"
                "INSERT INTO test_result_sets VALUES (7, 10);"
            )

    def readers(self, *, guessable: bool = False) -> Readers:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("pin", "837261")
        database = Database(self.url, self.directory)
        self.addCleanup(database.close)
        return Readers(database, redactor, guessable=guessable)

    def test_rows_of_a_build_are_read_by_those_who_have_what_it_was_given(self) -> None:
        self.give(10, "pin")
        readers = self.readers()
        for table, row in (
            ("builds", {"id": 10}),
            ("build_properties", {"buildid": 10}),
            ("steps", {"id": 100, "buildid": 10}),
            ("logs", {"id": 1000, "stepid": 100}),
            ("test_result_sets", {"id": 7, "buildid": 10}),
            ("test_results", {"id": 1, "test_result_setid": 7}),
            ("buildsets", {"id": 5, "parent_buildid": 10}),
            ("buildset_properties", {"buildsetid": 5}),
        ):
            self.assertEqual(readers.of_row(table, row).redact("837261"), "<pin>", table)

    def test_other_rows_are_read_by_everybody(self) -> None:
        self.give(10, "pin")
        readers = self.readers()
        for table, row in (
            ("builds", {"id": 11}),
            ("changes", {"changeid": 10, "parent_changeids": 10}),
            ("buildsets", {"id": 6, "parent_buildid": None}),
            ("buildset_properties", {"buildsetid": 6}),
            ("buildrequests", {"id": 10, "buildsetid": 5}),
            ("logs", {"id": 1, "stepid": 999}),
        ):
            self.assertEqual(readers.of_row(table, row).redact("837261"), "837261", table)
        self.assertEqual(readers.of_build(None).redact("837261"), "837261")

    def test_without_a_record_no_build_was_given_anything(self) -> None:
        self.assertEqual(self.readers().of_build(10).redact("837261"), "837261")

    def test_on_request_they_have_all_secrets(self) -> None:
        readers = self.readers(guessable=True)
        self.assertIs(readers.of_row("changes", {"changeid": 1}), readers.everyone)
        self.assertEqual(readers.of_build(10).redact("837261"), "<pin>")

    def test_a_name_may_have_its_provider_in_front(self) -> None:
        for recorded, known, same in (
            ("files!pin", "pin", True),
            ("pin", "files!pin", True),
            ("files!pin", "files!pin", True),
            ("vault!pin", "files!pin", False),
            ("files!pin", "files!pin2", False),
            ("pinn\u00e9", "pinn\u00e9", True),
        ):
            redactor = Redactor(RedactionPolicy.build_log())
            redactor.add(known, "837261")
            with self.connection() as connection:
                connection.execute("DROP TABLE IF EXISTS keychain_given")
            self.give(10, recorded)
            database = Database(self.url, self.directory)
            readers = Readers(database, redactor, guessable=False)
            text = readers.of_build(10).redact("837261")
            self.assertEqual(text, f"<{known}>" if same else "837261")
            database.close()

    def test_where_a_name_may_mean_several_values_no_build_was_given_one(self) -> None:
        self.give(10, "pin")
        self.give(11, "files!pin")
        for names, shown in (
            (("pin", "pin"), ("837261 195043", "837261 195043")),
            (("files!pin", "vault!pin"), ("837261 195043", "<files!pin> 195043")),
            (("pin", "pin2"), ("<pin> 195043", "<pin> 195043")),
        ):
            redactor = Redactor(RedactionPolicy.build_log())
            for name, value in zip(names, ("837261", "195043"), strict=True):
                redactor.add(name, value)
            database = Database(self.url, self.directory)
            readers = Readers(database, redactor, guessable=False)
            for build, text in zip((10, 11), shown, strict=True):
                self.assertEqual(readers.of_build(build).redact("837261 195043"), text)
            self.assertEqual(readers.never_given(), ["pin2"] if "pin2" in names else [])
            database.close()

    def test_secrets_that_no_build_was_given(self) -> None:
        self.assertEqual(self.readers().never_given(), ["pin"])
        self.give(10, "other")
        self.assertEqual(self.readers().never_given(), ["pin"])
        self.give(10, "files!pin")
        self.assertEqual(self.readers().never_given(), [])
