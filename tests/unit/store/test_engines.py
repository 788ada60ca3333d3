"""Engines; what a store does with them is in test_database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.connections import connect_to_file, create_file
from buildbot_keychain.store.engines import LOCK, file_engine, server_engine


class FileTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp()).absolute()
        directory.mkdir(0o700)
        self.path = directory / "store.sqlite"
        create_file(self.path)
        self.engine = file_engine("sqlite://", lambda: connect_to_file(self.path, 0), pool_size=1)
        self.addCleanup(self.engine.dispose)

    def is_locked_by_a_transaction(self, *, lock: bool) -> bool:
        with (
            self.engine.connect() as connection,
            connection.execution_options(**{LOCK: lock}).begin(),
            closing(sqlite3.connect(self.path, timeout=0)) as other,
        ):
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def test_a_transaction_locks_the_database_where_that_is_wanted(self) -> None:
        self.assertTrue(self.is_locked_by_a_transaction(lock=True))
        self.assertFalse(self.is_locked_by_a_transaction(lock=False))

    def test_no_parameter_is_shown(self) -> None:
        with self.engine.connect() as connection:
            query = sa.text("SELECT * FROM missing WHERE a = :a")
            error = self.assertRaises(
                sa.exc.OperationalError, connection.execute, query, {"a": "tr0ub4dor"}
            )
        self.assertNotIn("tr0ub4dor", str(error))


class ServerTests(SynchronousTestCase):
    def test_options_are_added(self) -> None:
        engine = server_engine(make_url("postgresql://db/audit"), pool_size=1, max_overflow=0)
        self.addCleanup(engine.dispose)
        self.assertEqual(engine.pool.size(), 1)
        self.assertTrue(engine.hide_parameters)
