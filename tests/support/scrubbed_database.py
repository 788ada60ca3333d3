"""The tests of `test_scrub` that hold for every kind of database."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest

from tests.support.keychain_command import Ended, SecretFilesTestCase, run

try:
    import sqlalchemy as sa

    from tests.support import leaky_database
except ImportError as missing:
    reason = f"Buildbot and SQLAlchemy are not installed: {missing.name}"
    raise SkipTest(reason) from None

BUILDS = int(os.environ.get("KEYCHAIN_SCRUB_BUILDS", "80"))


class ScrubTestCase(SecretFilesTestCase):
    """A directory with the leaked secrets in files."""

    def setUp(self) -> None:
        super().setUp()
        self.secrets: list[str] = []
        for number, (name, value) in enumerate(leaky_database.SECRETS.items()):
            self.secret(f"secret{number}", value)
            self.secrets += ["--file", f"{name}={self.directory / f'secret{number}'}"]

    def engine(self, url: str) -> sa.engine.Engine:
        """Return a connection to a database that ends with the test."""
        engine = sa.create_engine(url, future=True)
        self.addCleanup(engine.dispose)
        return engine

    def sqlite(self, builds: int, name: str = "state.sqlite") -> sa.engine.Engine:
        """Create a leaky database in a file of the directory."""
        engine = self.engine(f"sqlite:///{self.directory / name}")
        leaky_database.create(engine)
        leaky_database.fill(engine, builds)
        return engine

    def scrub(self, *arguments: str | Path, url: str = "sqlite:///state.sqlite") -> Ended:
        """Run ``scrub`` for the leaked secrets, in the directory."""
        return run(
            "scrub", *self.secrets, "--guessable", "--db-url", url, *arguments, cwd=self.directory
        )

    def assertNoValues(self, ended: Ended) -> None:
        """Fail if the report or a message shows a value, without showing it."""
        for leak in leaky_database.LONG:
            self.assertFalse(leak in ended.out or leak in ended.err, "a value was printed")


class AnyDatabase(ScrubTestCase):
    """Tests for every kind of database."""

    url: str
    leaky: sa.engine.Engine

    def test_a_search_changes_nothing_and_reports_every_location(self) -> None:
        before = leaky_database.digest(self.leaky)
        found = leaky_database.search(self.leaky)
        ended = self.scrub(url=self.url)
        self.assertEqual(ended.status, 1)
        self.assertNoValues(ended)
        self.assertEqual(leaky_database.digest(self.leaky), before)
        for column in set(found) - {"logchunks.content"}:
            self.assertIn(column, ended.out)
        last = BUILDS // 5 * 5
        build = f"builder runtests, build {last}"
        lines = ended.out.splitlines()
        self.assertIn(f"deploy/token: {build}, step step0, log stdio, line 8", lines)
        self.assertIn(f"deploy/token: {build}, step step2, log stdio, line 60", lines)
        self.assertIn(f"signing-key: {build}, step step0, log stdio, line 28", lines)
        self.assertIn(f"deploy/token: {build}, builds.state_string", lines)

    def test_write_replaces_every_secret_and_nothing_else(self) -> None:
        layout = leaky_database.layout(self.leaky)
        first = self.scrub("--write", url=self.url)
        self.assertEqual(first.status, 0)
        self.assertNoValues(first)
        self.assertEqual(leaky_database.search(self.leaky), [])
        self.assertEqual(leaky_database.layout(self.leaky), layout)
        self.assertTrue(all(last - start + 1 == count for _, start, last, count in layout))
        self.assertStampDigests()
        after = leaky_database.digest(self.leaky)

        second = self.scrub("--write", url=self.url)
        self.assertEqual((second.status, second.out), (0, ""))
        self.assertEqual(leaky_database.digest(self.leaky), after)

    def test_without_a_request_only_what_a_build_was_given_is_hidden_in_all_its_forms(self) -> None:
        weak = self.directory / "weak"
        weak.write_text("step0")
        weak.chmod(0o600)
        given = BUILDS // 5 * 5
        with self.leaky.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE keychain_given (buildid INTEGER NOT NULL, number INTEGER NOT NULL, "
                "given_at BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (buildid, number))"
            )
            row = f"({given}, 0, 1, 'files!weak')"
            connection.exec_driver_sql(f"INSERT INTO keychain_given VALUES {row}")
        command = ("scrub", "--file", f"weak={weak}", "--write", "--db-url", self.url)
        ended = run(*command, cwd=self.directory)
        self.assertEqual(ended.status, 1)
        self.assertIn(f"{BUILDS - 1} occurrences shown: ", ended.err)
        self.assertIn("1 occurrence replaced", ended.err)
        names = {
            row["buildid"]: row["name"]
            for row in leaky_database.table(self.leaky, "steps")
            if row["number"] == 0
        }
        self.assertEqual(names.pop(given), "<weak>")
        self.assertEqual(set(names.values()), {"step0"})

    def assertStampDigests(self) -> None:
        stamps = leaky_database.table(self.leaky, "sourcestamps")
        for row in stamps:
            columns = ("branch", "revision", "repository", "project", "codebase", "patchid")
            expected = leaky_database.hash_of(*(row[column] for column in columns))
            self.assertEqual(row["ss_hash"], expected)
        self.assertIn("https://git:<deploy/token>@example.org/r", {r["repository"] for r in stamps})


class AnyServer(AnyDatabase):
    """Tests for a server, which runs for the whole class and is emptied for each test."""

    server: Any
    server_class: Callable[[], Any]
    emptying: Sequence[str]
    parameters = ""
    """What the tests add to the server's URL."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.server_class()
        cls.server.start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        super().tearDownClass()

    def setUp(self) -> None:
        super().setUp()
        self.url = self.server.url
        self.leaky = self.engine(self.url + self.parameters)
        with self.leaky.begin() as connection:
            for statement in self.emptying:
                connection.exec_driver_sql(statement)
        leaky_database.create(self.leaky)
        leaky_database.fill(self.leaky, BUILDS)
