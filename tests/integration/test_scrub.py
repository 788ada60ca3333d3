"""``buildbot-keychain scrub`` on databases of many builds with leaked secrets.

``KEYCHAIN_SCRUB_BUILDS`` sets the number of builds; the documentation has figures for 10000.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa
from buildbot.db.model import Model

from tests.support import leaky_database, scrubbed_database
from tests.support.keychain_command import COMMAND, run
from tests.support.mariadb import MariaDB
from tests.support.postgresql import PostgreSQL
from tests.support.scrubbed_database import BUILDS


class SQLiteTests(scrubbed_database.AnyDatabase):
    """A SQLite file."""

    filled: ClassVar[bytes]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "state.sqlite"
            engine = sa.create_engine(f"sqlite:///{path}", future=True)
            leaky_database.create(engine)
            leaky_database.fill(engine, BUILDS)
            engine.dispose()
            cls.filled = path.read_bytes()

    def setUp(self) -> None:
        super().setUp()
        self.url = "sqlite:///state.sqlite"
        (self.directory / "state.sqlite").write_bytes(self.filled)
        self.leaky = self.engine(f"sqlite:///{self.directory / 'state.sqlite'}")

    def test_a_builder_that_is_named_after_a_secret_keeps_its_name(self) -> None:
        name = f"builder {leaky_database.TOKEN}"
        with self.leaky.begin() as connection:
            connection.execute(
                Model.builders.insert(),
                {"id": 2, "name": name, "name_hash": leaky_database.hash_of(name)},
            )
        ended = self.scrub("--write", url=self.url)
        self.assertEqual(ended.status, 1)
        self.assertIn(
            "deploy/token: builders.name, id 2 (kept: buildbot finds it by this)", ended.out
        )
        names = {
            row["name"] for table, row in leaky_database.rows_of(self.leaky) if table == "builders"
        }
        self.assertEqual(names, {"runtests", name})

    def test_the_files_of_the_database_hold_no_value(self) -> None:
        with self.leaky.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = wal")
        self.leaky.dispose()
        self.scrub("--write")
        for path in self.directory.glob("state.sqlite*"):
            data = path.read_bytes()
            for leak in leaky_database.LONG:
                self.assertFalse(leak.encode() in data, path.name)

    def test_it_continues_where_it_was_killed(self) -> None:
        self.leaky.dispose()
        for name in ("whole", "killed"):
            shutil.copy(self.directory / "state.sqlite", self.directory / f"{name}.sqlite")
        position = self.directory / "position"
        command = ["scrub", *self.secrets, "--guessable", "--write", "--resume", str(position)]
        process = subprocess.Popen(
            [*COMMAND, *command, "--db-url", "sqlite:///killed.sqlite"],
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        with process, process.stdout:
            process.stdout.read(10_000)  # some have been replaced, but not all
            process.send_signal(signal.SIGKILL)
        killed = self.engine(f"sqlite:///{self.directory / 'killed.sqlite'}")
        self.assertTrue(leaky_database.search(killed), "it was already complete")
        self.assertFalse(any(leak in position.read_text() for leak in leaky_database.LONG))

        resumed = self.scrub("--write", "--resume", position, url="sqlite:///killed.sqlite")
        self.assertEqual(resumed.status, 0)
        self.assertFalse(position.exists())
        self.assertEqual(leaky_database.search(killed), [])
        whole = self.engine(f"sqlite:///{self.directory / 'whole.sqlite'}")
        self.scrub("--write", url="sqlite:///whole.sqlite")
        self.assertEqual(leaky_database.digest(killed), leaky_database.digest(whole))


class PostgreSQLTests(scrubbed_database.AnyServer):
    """A PostgreSQL server, with a fresh schema for each test."""

    server_class = PostgreSQL
    emptying = ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    def test_a_password_in_the_url_is_warned_of_and_not_shown(self) -> None:
        ended = self.scrub(url=self.url.replace("keychain@", "keychain:pw-geheim@"))
        self.assertEqual(ended.status, 1)
        self.assertIn("can read the password in --db-url", ended.err)
        self.assertNotIn("pw-geheim", ended.out + ended.err)

    def test_a_label_is_cut_to_what_its_column_takes(self) -> None:
        m = Model
        name = "x" * (50 - len(leaky_database.TOKEN)) + leaky_database.TOKEN
        with self.leaky.begin() as connection:
            connection.execute(m.steps.update().where(m.steps.c.id == 3).values(name=name))
        ended = run(
            "scrub", "--file", f"a-name-longer-than-its-value={self.directory / 'secret0'}",
            "--db-url", self.url, "--write", "--guessable",
        )  # fmt: skip
        self.assertEqual(ended.status, 0)
        self.assertEqual(leaky_database.search(self.leaky, [leaky_database.TOKEN]), [])


class MariaDBTests(scrubbed_database.AnyServer):
    """A MariaDB server, with a fresh database for each test."""

    server_class = MariaDB
    parameters = "&charset=utf8"
    emptying = (
        "DROP DATABASE buildbot",
        "CREATE DATABASE buildbot CHARACTER SET utf8",
        "USE buildbot",
    )


class MissingPackageTests(scrubbed_database.ScrubTestCase):
    """A compression whose package is not installed."""

    def test_it_is_reported_and_counts_as_not_checked(self) -> None:
        self.sqlite(30).dispose()
        hiding = self.directory / "hiding"
        hiding.mkdir()
        (hiding / "lz4.py").write_text("raise ImportError(name='lz4')\n")
        path = os.pathsep.join([str(hiding), os.environ.get("PYTHONPATH", "")])
        ended = run(
            "scrub", *self.secrets, "--db-url", "sqlite:///state.sqlite", "--write", "--guessable",
            cwd=self.directory, environment={"PYTHONPATH": path},
        )  # fmt: skip
        self.assertEqual(ended.status, 3)
        self.assertIn("compressed with lz4: run pip install lz4", ended.err)
        self.assertRegex(ended.err, r"not checked: \d+ in total")
        self.assertNotIn("Traceback", ended.err)
