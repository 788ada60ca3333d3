"""`test_database` has what a server makes of the limits, and what is refused of files."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from sqlite3 import OperationalError

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store.connections import (
    connect_to_file,
    create_file,
    limits,
    make_single_file,
)
from tests.support.store_keys import StoreFilesTestCase


class FileTests(StoreFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "a?b#c.sqlite"

    def test_a_file_is_made_once_and_then_connected_to(self) -> None:
        self.assertRaises(StoreError, connect_to_file, self.path, 1)
        create_file(self.path)
        self.assertEqual(self.path.stat().st_mode & 0o7777, 0o600)
        with closing(connect_to_file(self.path, 1)) as connection:
            connection.execute("CREATE TABLE t (a)")
        create_file(self.path)
        with closing(connect_to_file(self.path, 1)) as connection:
            self.assertEqual(connection.execute("SELECT * FROM t").fetchall(), [])

    def test_another_connection_leaves_the_locks_of_the_first(self) -> None:
        """Without them, the next process to close the file removes the log that the first uses."""
        create_file(self.path)
        program = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))"

        def elsewhere(statement: str) -> str:
            return subprocess.check_output(
                [sys.executable, "-c", program, str(self.path), statement], text=True
            )

        with closing(connect_to_file(self.path, 1)) as one:
            one.execute("CREATE TABLE t (a)")
            with closing(connect_to_file(self.path, 1)):
                elsewhere("SELECT * FROM t")
            one.execute("INSERT INTO t VALUES (7)")
            self.assertEqual(elsewhere("SELECT * FROM t"), "(7,)\n")

    def test_the_lock_is_waited_for_as_long_as_it_says(self) -> None:
        create_file(self.path)
        with (
            closing(connect_to_file(self.path, 0)) as one,
            closing(connect_to_file(self.path, 0)) as other,
        ):
            one.execute("BEGIN IMMEDIATE")
            self.assertRaises(OperationalError, other.execute, "BEGIN IMMEDIATE")

    def test_what_is_read_only_is_left_as_it_is(self) -> None:
        create_file(self.path)
        with closing(connect_to_file(self.path, 1)) as connection:
            connection.execute("CREATE TABLE t (a)")
        make_single_file(self.path)
        content = self.path.read_bytes()
        with closing(connect_to_file(self.path, 1, read_only=True)) as connection:
            self.assertEqual(connection.execute("SELECT * FROM t").fetchall(), [])
            self.assertRaises(OperationalError, connection.execute, "INSERT INTO t VALUES (1)")
        self.assertEqual(self.path.read_bytes(), content)
        self.assertEqual([path.name for path in self.directory.iterdir()], [self.path.name])

    def test_what_was_cut_off_is_not_read(self) -> None:
        create_file(self.path)
        with closing(connect_to_file(self.path, 1)) as connection:
            connection.execute("CREATE TABLE t (a)")
        make_single_file(self.path)
        content = self.path.read_bytes()
        for left in (content[:-1], content[:50], b"", b"x" * len(content)):
            self.path.write_bytes(left)
            error = self.assertRaises(StoreError, connect_to_file, self.path, 1, read_only=True)
            self.assertIn("is not a file of SQLite, or was cut off", str(error))


class LimitTests(SynchronousTestCase):
    def test_drivers_that_know_other_options_get_none(self) -> None:
        self.assertEqual(limits("pg8000", {}), {})

    def test_options_of_the_url_stay(self) -> None:
        found = limits("psycopg2", {"connect_timeout": ("3",), "options": ("-c work_mem=5MB",)})
        self.assertEqual(found, {"tcp_user_timeout": 30_000})

    def test_nothing_is_passed_that_a_pool_of_connections_refuses(self) -> None:
        """PgBouncer knows no ``options``; what `set_limits` does is in test_database."""
        self.assertEqual(set(limits("psycopg2", {})), {"connect_timeout", "tcp_user_timeout"})
