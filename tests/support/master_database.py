"""The SQLite databases of masters that tests start.

Half of the time of a short-lived master goes into its database: its tables, a connection for each
of its questions, with the schema to be read, and the compilation of its statements. Here, the
tables are copied, and a master has one connection and the statements that others have compiled.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from buildbot.db import enginestrategy
from sqlalchemy.pool import QueuePool

_create_engine = enginestrategy.create_engine

_new: list[bytes] = []
"""What is in a new database, once there was one."""

_dialects: list[Any] = []
_statements: dict[Any, Any] = {}
"""Statements as the first of `_dialects` has compiled them."""


def copy_tables(database: Path) -> bool:
    """Write a new database with Buildbot's tables; return whether there is one to copy."""
    if _new:
        database.write_bytes(_new[0])
    return bool(_new)


def keep_tables(database: Path) -> None:
    """Have later masters copy this database, in which there is nothing but the tables."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _new.append(database.read_bytes())


def create_engine(url: str, **arguments: Any) -> Any:
    """Return an engine as Buildbot makes it.

    That of a file keeps its connection, and what it has compiled is used by all of them. Compiled
    statements belong to a dialect, so they have one in common.
    """
    if not url.startswith("sqlite:///"):
        return _create_engine(url, **arguments)
    kept = {"poolclass": QueuePool, "connect_args": {"check_same_thread": False}}
    engine = _create_engine(url, **{**kept, **arguments})
    if not _dialects:
        _dialects.append(engine.dialect)
    engine.dialect = _dialects[0]
    engine.update_execution_options(compiled_cache=_statements)
    return engine
