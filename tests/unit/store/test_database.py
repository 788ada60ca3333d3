from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    ConfigurationError,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from buildbot_keychain.store import database as module
from buildbot_keychain.store.database import Database, StoreRow
from buildbot_keychain.store.journal import Entry, Head
from buildbot_keychain.store.records import CurrentRow, VersionRow
from tests.support.postgresql import (
    SQLALCHEMY_TAKES_PSYCOPG3,
    PostgreSQLTestCase,
    Psycopg3TestCase,
)

UID = b"u" * 16
FIRST = Entry(1, 5, "create", b"", 0, "me", b"d" * 32, b"m" * 32)
STORE = StoreRow(b"s" * 16, b"k" * 8, b"root", Head(1, b"m" * 32))
VERSION = VersionRow(UID, 1, b"k" * 8, b"wrapped", b"metadata", b"m" * 32, b"p" * 32)


class UrlTests(SynchronousTestCase):
    def test_what_is_not_a_url_of_ours(self) -> None:
        for url, expected in (
            ("", "is not valid"),
            ("secrets.sqlite", "is not valid"),
            ("mysql://u:s3cr3t@h/d", "not mysql"),
            ("postgresql+asyncpg://u:s3cr3t@h/d", "needs asyncpg"),
            ("sqlite://", "must name a file"),
            ("sqlite:///:memory:", "must name a file"),
            ("sqlite:///file:x?mode=ro", "must name a file"),
        ):
            error = self.assertRaises(ConfigurationError, Database, url)
            self.assertIn(expected, str(error))
            self.assertNotIn("s3cr3t", str(error))

    def test_a_password_is_not_shown(self) -> None:
        database = Database("postgresql+psycopg2://me:s3cr3t@host/name")
        self.assertEqual(database.name, "postgresql+psycopg2://me:***@host/name")
        quoted = Database("postgresql+psycopg2://me:s3cr3t%40%2F%3F%23@host/name")
        self.assertEqual(quoted.name, database.name)

    def test_no_part_of_a_url_that_may_be_one_is_shown(self) -> None:
        name = Database("postgresql+psycopg2://host/name?password=s3cr3t&sslmode=require").name
        self.assertEqual(name, "postgresql+psycopg2://host/name")
        for url in (
            "postgresql+psycopg2://me:s3cr3t@host:port/name",
            "postgresql+psycopg2://me:p@s3cr3t@host/name",
            "postgresql+other://me:s3cr3t@host/name?password=s3cr3t",
            "postgresql+psycopg2://me:p@ss/s3cr3t@host/name",
            "postgresql+psycopg2://me:p/s3cr3t@x@host/name",
            "postgresql+psycopg2://me:p@ss?s3cr3t@host/name",
            "postgresql+psycopg2://host:5432/name?password=p@s3cr3t",
            *(f"postgresql+psycopg2://me:p{c}s3cr3t@host/name" for c in "/?#"),
            "me:s3cr3t@host",
        ):
            error = self.assertRaises(ConfigurationError, Database, url)
            self.assertNotIn("s3cr3t", f"{error}{error.__cause__}")
            self.assertTrue(error.__suppress_context__)

    def test_a_connection_that_the_server_has_ended(self) -> None:
        """As it does where a transaction stays idle, which psycopg2 calls an internal error."""
        database = Database("postgresql+psycopg2://host/name")

        def fail() -> None:
            with database._errors():
                cause = Exception("terminating connection")
                raise sa.exc.InternalError("SELECT", {}, cause, connection_invalidated=True)

        self.assertRaises(StoreUnavailable, fail)

    def test_a_library_that_is_missing(self) -> None:
        with mock.patch.dict("sys.modules", sqlalchemy=None):
            error = self.assertRaises(ConfigurationError, Database, "sqlite:///x")
        self.assertIn("pip install 'buildbot-keychain[store]'", str(error))


class RowTests(SynchronousTestCase):
    """On SQLite."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(mode=0o700)
        self.path = self.directory / "secrets.sqlite"
        self.url = self.make_url()
        self.database = self.connect()

    def make_url(self) -> str:
        return f"sqlite:///{self.path}"

    def connect(self) -> Database:
        database = Database(self.url)
        self.addCleanup(database.close)
        return database

    def read_store(self) -> StoreRow:
        with self.database.reading() as rows:
            return rows.store()

    def test_a_store_is_made_once(self) -> None:
        self.assertRaises(StoreError, self.read_store)
        self.database.create(STORE, FIRST)
        with self.database.reading() as rows:
            self.assertEqual(rows.store(), STORE)
            self.assertEqual(list(rows.entries()), [FIRST])
        error = self.assertRaises(StoreConflict, self.connect().create, STORE, FIRST)
        self.assertIn("there is a store in", str(error))

    def test_rows_both_ways(self) -> None:
        self.database.create(STORE, FIRST)
        current = CurrentRow(UID, 1, 0, 2, b"c" * 32)
        second = Entry(2, 6, "create ä", UID, 1, "me", b"e" * 32, b"n" * 32)
        with self.database.writing() as rows:
            rows.add_secret(UID, "ä")
            rows.add_version(VERSION, b"payload")
            rows.put_current(current)
            rows.add_entry(second)
            rows.put_master("m", [b"k" * 8, b"l" * 8], 7)
        with self.connect().reading() as rows:
            self.assertEqual(rows.names([b"?", UID]), {UID: "ä"})
            self.assertEqual(rows.currents([UID, b"?"]), {UID: current})
            self.assertEqual(rows.uses([UID]), {UID: 0})
            self.assertEqual(rows.versions([UID] * 1001)[UID][0], VERSION)
            self.assertEqual(rows.payload(UID, 1), b"payload")
            self.assertEqual((rows.entries_of(UID), list(rows.entries(1))), ([second], [second]))
            self.assertEqual((rows.mac_at(2), rows.mac_at(3)), (b"n" * 32, None))
            self.assertEqual(rows.store().head, Head(2, b"n" * 32))
            self.assertEqual(rows.masters(), {"m": (7, {b"k" * 8, b"l" * 8})})
            self.assertEqual((rows.uids(), rows.keys_in_use()), ({UID}, {b"k" * 8: 1}))
            self.assertEqual(rows.versions_with_other_key(b"l" * 8, 5), [VERSION])
            self.assertEqual(rows.versions_with_other_key(b"l" * 8, 5, (UID, 0)), [VERSION])
            self.assertEqual(rows.versions_with_other_key(b"l" * 8, 5, (UID, 1)), [])
            self.assertEqual(rows.versions_with_other_key(b"k" * 8, 5), [])

    def test_names_of_what_is_not_deleted(self) -> None:
        self.database.create(STORE, FIRST)
        with self.database.writing() as rows:
            for number, name in enumerate(["c", "b", "a"]):
                uid = bytes([number]) * 16
                rows.add_secret(uid, name)
                rows.put_current(CurrentRow(uid, 1, 5 if name == "b" else 0, 2, b"c" * 32))
        with self.connect().reading() as rows:
            self.assertEqual(rows.names_after("", 5), ["a", "c"])
            self.assertEqual(rows.names_after("a", 5), ["c"])
            self.assertEqual(rows.names_after("", 1), ["a"])

    def test_what_is_not_there(self) -> None:
        self.database.create(STORE, FIRST)
        with self.database.reading() as rows:
            self.assertIsNone(rows.payload(UID, 1))
            for find in (rows.names, rows.currents, rows.uses, rows.versions):
                self.assertEqual((find([UID]), find([])), ({}, {}))

    def test_a_data_key_is_replaced_if_it_is_still_the_same(self) -> None:
        self.database.create(STORE, FIRST)
        with self.database.writing() as rows:
            rows.add_version(VERSION, b"payload")
            self.assertTrue(rows.rewrap(VERSION, b"l" * 8, b"again"))
            self.assertFalse(rows.rewrap(VERSION, b"x" * 8, b"too late"))
            (found,) = rows.versions([UID])[UID]
            self.assertEqual((found.kid, found.wrapped), (b"l" * 8, b"again"))

    def test_nothing_is_written_after_an_error(self) -> None:
        self.database.create(STORE, FIRST)

        def fail() -> None:
            with self.database.writing() as rows:
                rows.add_secret(UID, "a")
                raise ValueError

        self.assertRaises(ValueError, fail)
        with self.database.reading() as rows:
            self.assertEqual(rows.uids(), set())

    def test_a_reader_sees_one_moment(self) -> None:
        self.database.create(STORE, FIRST)
        with self.database.reading() as rows:
            self.assertEqual(rows.uids(), set())
            with self.connect().writing() as others:
                others.add_secret(UID, "a")
            self.assertEqual(rows.uids(), set())
        with self.database.reading() as rows:
            self.assertEqual(rows.uids(), {UID})

    def test_writers_of_one_process_take_turns(self) -> None:
        self.database.create(STORE, FIRST)
        with mock.patch.object(module, "WAIT", 0.1), self.database.writing() as rows:
            rows.add_secret(UID, "a")
            error = self.assertRaises(StoreUnavailable, self.database.writing().__enter__)
            self.assertIn("other writers take too long", str(error))
        with self.database.writing() as rows:
            self.assertEqual(rows.uids(), {UID})

    def test_writers_that_wait_leave_readers_a_connection(self) -> None:
        self.database.create(STORE, FIRST)

        def write() -> None:
            with self.database.writing() as rows:
                rows.put_master("m", [b"k" * 8], 5)

        threads = [threading.Thread(target=write) for _ in range(20)]
        with self.database.writing():
            for thread in threads:
                thread.start()
            with self.database.reading() as rows:
                self.assertEqual(rows.masters(), {})
        for thread in threads:
            thread.join()
        with self.database.reading() as rows:
            self.assertEqual(rows.masters(), {"m": (5, {b"k" * 8})})

    def test_two_secrets_cannot_have_one_name(self) -> None:
        self.database.create(STORE, FIRST)

        def add() -> None:
            with self.database.writing() as rows:
                rows.add_secret(UID, "a")
                rows.add_secret(b"v" * 16, "a")

        self.assertRaises(StoreConflict, add)


class PostgreSQLRowTests(PostgreSQLTestCase, RowTests):
    def settings(self, query: str = "", *, writing: bool = False) -> dict[str, str]:
        """Return what the server says of a transaction."""
        separator = "&" if "?" in self.url else "?"
        database = Database(f"{self.url}{separator}{query}" if query else self.url)
        self.addCleanup(database.close)
        with database.writing() if writing else database.reading() as rows:
            return {
                name: rows._connection.exec_driver_sql(f"SHOW {name}").scalar()
                for name in (
                    "lock_timeout",
                    "statement_timeout",
                    "idle_in_transaction_session_timeout",
                    "transaction_isolation",
                    "work_mem",
                )
            } | self.parameters(rows._connection.connection.driver_connection)

    def parameters(self, connection: Any) -> dict[str, str]:
        """Return the parameters of a connection of the driver's."""
        found: dict[str, str] = connection.get_dsn_parameters()
        return found

    def test_nothing_is_waited_for_without_end(self) -> None:
        self.database.create(STORE, FIRST)
        found = self.settings()
        expected = {
            "lock_timeout": "30s",
            "statement_timeout": "1min",
            "idle_in_transaction_session_timeout": "1min",
            "connect_timeout": "10",
            "tcp_user_timeout": "30000",
        }
        self.assertEqual({name: found.get(name) for name in expected}, expected)
        self.assertEqual(found["transaction_isolation"], "repeatable read")
        self.assertEqual(self.settings(writing=True)["transaction_isolation"], "read committed")

    def test_there_is_no_store(self) -> None:
        error = self.assertRaises(StoreError, self.read_store)
        self.assertIn("there is no store in", str(error))

    def test_options_of_the_url_stay(self) -> None:
        self.database.create(STORE, FIRST)
        found = self.settings(
            "options=-c%20work_mem%3D5MB%20-c%20lock_timeout%3D7s&connect_timeout=3"
        )
        self.assertEqual(found["connect_timeout"], "3")
        self.assertEqual((found["work_mem"], found["lock_timeout"]), ("5MB", "7s"))
        self.assertEqual(found["statement_timeout"], "1min")

    def test_a_writer_of_another_process_is_not_waited_for_without_end(self) -> None:
        self.database.create(STORE, FIRST)
        self.url += "&options=-c%20lock_timeout%3D100ms"
        with self.database.writing():
            error = self.assertRaises(StoreUnavailable, self.connect().writing().__enter__)
        self.assertIn("lock timeout", str(error))

    def test_a_server_that_is_down_may_answer_later(self) -> None:
        database = Database("postgresql+psycopg2://me:s3cr3t@/name?host=/nowhere")
        error = self.assertRaises(StoreUnavailable, database.reading().__enter__)
        self.assertTrue(error.retryable)
        self.assertNotIn("s3cr3t", str(error))


if SQLALCHEMY_TAKES_PSYCOPG3:

    class Psycopg3RowTests(Psycopg3TestCase, PostgreSQLRowTests):
        """With psycopg 3, which tells what is wrong in ``sqlstate``."""

        def parameters(self, connection: Any) -> dict[str, str]:
            found: dict[str, str] = connection.info.get_parameters()
            return found


class SQLiteFileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(mode=0o700)
        self.path = self.directory / "secrets.sqlite"
        self.addCleanup(os.umask, os.umask(0))
        self.database = self.connect()
        self.database.create(STORE, FIRST)

    def connect(self) -> Database:
        database = Database(f"sqlite:///{self.path}")
        self.addCleanup(database.close)
        return database

    def problem(self) -> str:
        def read() -> None:
            with self.connect().reading() as rows:
                rows.store()

        return str(self.assertRaises(StoreError, read))

    def test_files_are_closed_to_others(self) -> None:
        with self.database.writing() as rows:
            rows.add_secret(UID, "a")
        modes = {path.name: path.stat().st_mode & 0o777 for path in self.directory.iterdir()}
        self.assertEqual(set(modes.values()), {0o600})
        self.assertEqual(len(modes), 3)

    def test_what_is_open_to_others_is_not_used(self) -> None:
        self.path.chmod(0o644)
        self.assertIn(f"chmod 600 {self.path}", self.problem())
        self.path.chmod(0o600)
        self.directory.chmod(0o755)
        self.assertIn(f"chmod 700 {self.directory}", self.problem())
        self.path = self.directory / "new.sqlite"
        self.assertRaises(StoreError, self.connect().create, STORE, FIRST)
        self.assertFalse(self.path.exists())

    def test_a_file_that_is_missing_is_not_made(self) -> None:
        self.database.close()
        self.path.unlink()
        self.assertIn("restore it from its backup", self.problem())
        self.assertFalse(self.path.exists())

    def test_a_file_of_something_else(self) -> None:
        self.database.close()
        self.path.write_bytes(b"something else" * 1000)
        self.assertIn("not a database", self.problem())

    def test_a_database_without_a_store(self) -> None:
        self.database.close()
        self.path.unlink()
        self.path.touch(mode=0o600)
        self.assertIn("there is no store in", self.problem())

    def test_what_is_committed_is_synchronised(self) -> None:
        with self.database.reading() as rows:
            found = [
                rows._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete")
            ]
        self.assertEqual(found, ["wal", 2, 1])

    def test_a_writer_waits_for_another_and_gives_up(self) -> None:
        with mock.patch.object(module, "WAIT", 0.1), closing(sqlite3.connect(self.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            error = self.assertRaises(StoreUnavailable, self.connect().writing().__enter__)
            self.assertIn("locked", str(error))
            with self.connect().reading() as rows:
                self.assertEqual(rows.store(), STORE)

    def test_a_disk_that_is_full(self) -> None:
        def fill() -> None:
            with self.database.writing() as rows:
                size = rows._connection.exec_driver_sql("PRAGMA page_count").scalar()
                rows._connection.exec_driver_sql(f"PRAGMA max_page_count={size}")
                rows.add_version(VERSION, b"x" * 100_000)

        self.assertIn("full", str(self.assertRaises(StoreUnavailable, fill)))
        with self.connect().reading() as rows:
            self.assertEqual(rows.versions([UID]), {})

    def test_tables_of_a_later_version(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE keychain_store SET schema = 2")
        with self.connect().reading() as rows:
            self.assertIn(
                "update buildbot-keychain", str(self.assertRaises(StoreError, rows.store))
            )

    def test_a_statement_that_fails_shows_no_parameters(self) -> None:
        def fail() -> None:
            with self.database.writing() as rows:
                rows.add_secret(UID, "a")
                rows.add_secret(UID, "s3cr3t name")

        error = self.assertRaises(StoreConflict, fail)
        self.assertNotIn("s3cr3t", str(error))
