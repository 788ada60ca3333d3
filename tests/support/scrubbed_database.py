"""What `test_scrub` shows of every kind of database, and how its tests start the command."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.support.keychain_command import Ended, run

try:
    import sqlalchemy as sa

    from tests.support import leaky_database
except ImportError as missing:
    reason = f"Buildbot and SQLAlchemy are needed: {missing.name}"
    raise SkipTest(reason) from None

BUILDS = int(os.environ.get("KEYCHAIN_SCRUB_BUILDS", "80"))


class ScrubTestCase(SynchronousTestCase):
    """A directory with the secrets in files; nothing that a test prints holds one."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.secrets: list[str] = []
        for number, (name, value) in enumerate(leaky_database.SECRETS.items()):
            path = self.directory / f"secret{number}"
            path.touch(mode=0o600)
            path.write_text(value, encoding="utf-8")
            self.secrets += ["--file", f"{name}={path}"]

    def engine(self, url: str) -> sa.engine.Engine:
        """Connect to a database; its connections end with the test."""
        engine = sa.create_engine(url, future=True)
        self.addCleanup(engine.dispose)
        return engine

    def sqlite(self, builds: int, name: str = "state.sqlite") -> sa.engine.Engine:
        """Make a database in a file of the directory."""
        engine = self.engine(f"sqlite:///{self.directory / name}")
        leaky_database.create(engine)
        leaky_database.fill(engine, builds)
        return engine

    def scrub(self, *arguments: str | Path, url: str = "sqlite:///state.sqlite") -> Ended:
        """Run the command in the directory, for the secrets."""
        return run("scrub", *self.secrets, "--db-url", url, *arguments, cwd=self.directory)

    def assert_tells_no_value(self, ended: Ended) -> None:
        """Neither in the report nor in a message."""
        for leak in leaky_database.LONG:
            self.assertFalse(leak in ended.out or leak in ended.err, "a value was printed")


class AnyDatabase(ScrubTestCase):
    """What holds for every kind of database."""

    url: str
    leaky: sa.engine.Engine

    def test_a_search_changes_nothing_and_names_every_place(self) -> None:
        before = leaky_database.digest(self.leaky)
        found = leaky_database.search(self.leaky)
        ended = self.scrub(url=self.url)
        self.assertEqual(ended.status, 1)
        self.assert_tells_no_value(ended)
        self.assertEqual(leaky_database.digest(self.leaky), before)
        for place in set(found) - {"logchunks.content"}:
            self.assertIn(place, ended.out)
        last = BUILDS // 5 * 5
        build = f"builder runtests, build {last}"
        lines = ended.out.splitlines()
        self.assertIn(f"deploy/token: {build}, step step0, log stdio, line 8", lines)
        self.assertIn(f"deploy/token: {build}, step step2, log stdio, line 60", lines)
        self.assertIn(f"signing-key: {build}, step step0, log stdio, line 28", lines)
        self.assertIn(f"deploy/token: {build}, builds.state_string", lines)

    def test_after_write_nothing_is_left_and_nothing_else_changed(self) -> None:
        layout = leaky_database.layout(self.leaky)
        first = self.scrub("--write", url=self.url)
        self.assertEqual(first.status, 0)
        self.assert_tells_no_value(first)
        self.assertEqual(leaky_database.search(self.leaky), [])
        self.assertEqual(leaky_database.layout(self.leaky), layout)
        self.assertTrue(all(last - start + 1 == count for _, start, last, count in layout))
        self.assert_stamps_are_found_by_their_content()
        after = leaky_database.digest(self.leaky)

        second = self.scrub("--write", url=self.url)
        self.assertEqual((second.status, second.out), (0, ""))
        self.assertEqual(leaky_database.digest(self.leaky), after)

    def assert_stamps_are_found_by_their_content(self) -> None:
        stamps = leaky_database.table(self.leaky, "sourcestamps")
        for row in stamps:
            columns = ("branch", "revision", "repository", "project", "codebase", "patchid")
            expected = leaky_database.hash_of(*(row[column] for column in columns))
            self.assertEqual(row["ss_hash"], expected)
        self.assertIn("https://git:<deploy/token>@example.org/r", {r["repository"] for r in stamps})


class AnyServer(AnyDatabase):
    """A server, one for all tests of a class, made empty for each of them."""

    server: Any
    server_class: Callable[[], Any]
    emptying: Sequence[str]
    parameters = ""
    """What a URL needs beside the server's own."""

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
