"""A SQLite database with a few of Buildbot's tables, made without Buildbot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from twisted.trial.unittest import SkipTest

from tests.support.keychain_command import SecretFilesTestCase

SCHEMA = """
CREATE TABLE masters (id INTEGER PRIMARY KEY, name TEXT, active INTEGER, last_active INTEGER);
CREATE TABLE builders (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE builds (
    id INTEGER PRIMARY KEY, number INTEGER, builderid INTEGER REFERENCES builders (id),
    state_string TEXT
);
CREATE TABLE build_properties (
    buildid INTEGER NOT NULL REFERENCES builds (id), name VARCHAR(256), value TEXT, source TEXT
);
CREATE TABLE build_data (
    id INTEGER PRIMARY KEY, buildid INTEGER REFERENCES builds (id), name TEXT, value BLOB,
    length INTEGER
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY, number INTEGER, buildid INTEGER REFERENCES builds (id),
    name VARCHAR(50), UNIQUE (buildid, name)
);
CREATE TABLE logs (
    id INTEGER PRIMARY KEY, name TEXT, stepid INTEGER REFERENCES steps (id), type VARCHAR(1)
);
CREATE TABLE logchunks (
    logid INTEGER REFERENCES logs (id), first_line INTEGER, last_line INTEGER, content BLOB,
    compressed INTEGER
);
CREATE TABLE wiki (id INTEGER PRIMARY KEY, page TEXT);
INSERT INTO builders VALUES (1, 'release');
INSERT INTO builds VALUES (10, 118, 1, 'finished');
INSERT INTO steps VALUES (100, 0, 10, 'deploy');
INSERT INTO logs VALUES (1000, 'stdio', 100, 's');
"""
"""One build (118 of the builder "release") with one step ("deploy") and its log ("stdio")."""


GIVEN = """
CREATE TABLE IF NOT EXISTS keychain_given (
    buildid INTEGER, number INTEGER, given_at BIGINT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (buildid, number)
)
"""


class SmallDatabaseTestCase(SecretFilesTestCase):
    """With a database of that schema in the directory."""

    def setUp(self) -> None:
        if find_spec("sqlalchemy") is None:
            raise SkipTest("SQLAlchemy is not installed")
        super().setUp()
        self.path = self.directory / "state.sqlite"
        self.url = f"sqlite:///{self.path}"
        with self.connection() as connection:
            connection.executescript(SCHEMA)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def insert(self, table: str, *values: Any) -> None:
        """Add a row."""
        marks = ", ".join("?" for _ in values)
        with self.connection() as connection:
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)

    def give(self, build: int, name: str) -> None:
        """Record that a build was given a secret, as a master with this library does."""
        with self.connection() as connection:
            connection.execute(GIVEN)
        ((number,),) = self.query(f"SELECT count(*) FROM keychain_given WHERE buildid = {build}")
        escaped = name.encode("unicode_escape").decode("ascii")
        self.insert("keychain_given", build, number, 1, escaped)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.connection() as connection:
            return connection.execute(statement).fetchall()
