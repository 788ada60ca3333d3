from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from buildbot.config.master import MasterConfig
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection.doctor._database import (
    SeenWorker,
    database_url,
    seconds_at,
    seen_workers,
    sqlite_file,
)
from tests.support.installations import write_workers
from tests.support.postgresql import PostgreSQL

URL = "sqlite:///state.sqlite"

SEEN = {"a": SeenWorker("4.3.0", is_connected=False), "c": SeenWorker(None, is_connected=True)}


def write(file: Path, wal: str = "") -> sqlite3.Connection:
    """Write a database as Buildbot has it; the connection stays open."""
    connection = sqlite3.connect(file)
    if wal:
        connection.execute("PRAGMA journal_mode=wal")
    infos = {"a": '{"version": "4.3.0"}', "b": "{}", "c": '{"host": "x"}', "d": "{"}
    write_workers(connection, infos, connected=["c"])
    connection.commit()
    return connection


class DatabaseTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).resolve()
        self.basedir.mkdir(mode=0o700)
        self.file = self.basedir / "state.sqlite"

    def test_the_file_of_a_database(self) -> None:
        for url, file in (
            (URL, self.file),
            ("sqlite:////srv/state.sqlite", Path("/srv/state.sqlite")),
            ("sqlite://", None),
            ("postgresql://u@h/d", None),
            ("none", None),
            (None, None),
        ):
            self.assertEqual(sqlite_file(url, self.basedir), file)
        self.assertEqual(database_url(None), database_url(MasterConfig()))

    def test_the_versions_of_workers_that_have_connected(self) -> None:
        write(self.file).close()
        self.assertEqual(seen_workers(URL, self.basedir, is_at_rest=True), SEEN)
        self.assertEqual([path.name for path in self.basedir.iterdir()], ["state.sqlite"])

    def test_while_a_master_writes(self) -> None:
        connection = write(self.file, wal="wal")
        self.addCleanup(connection.close)
        connection.execute("BEGIN IMMEDIATE")
        self.assertEqual(seen_workers(URL, self.basedir, is_at_rest=False), SEEN)

    def test_at_rest_it_stays_as_it_is(self) -> None:
        write(self.file, wal="wal").close()
        self.assertEqual(seen_workers(URL, self.basedir, is_at_rest=True), SEEN)
        self.assertEqual([path.name for path in self.basedir.iterdir()], ["state.sqlite"])

    def test_what_cannot_be_read(self) -> None:
        for url in (URL, "postgresql://u:canary@127.0.0.1:1/d", "canary"):
            with self.assertRaisesRegex(ConfigurationError, "cannot be read") as caught:
                seen_workers(url, self.basedir, is_at_rest=True)
            self.assertNotIn("canary", str(caught.exception))

    def test_a_file_has_no_clock(self) -> None:
        self.assertIsNone(seconds_at(URL, self.basedir))


class ServerTests(SynchronousTestCase):
    def test_the_clock_and_the_workers_of_a_server(self) -> None:
        server = PostgreSQL()
        server.start()
        self.addCleanup(server.stop)
        url = server.url
        here = seconds_at(url, Path())
        assert here is not None
        self.assertLess(abs(here - time.time()), 600)
        with self.assertRaisesRegex(ConfigurationError, "ProgrammingError|UndefinedTable"):
            seen_workers(url, Path(), is_at_rest=True)
