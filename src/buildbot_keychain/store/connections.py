"""Connections to the database: the file of SQLite, and the limits within which PostgreSQL answers.

Knows no SQLAlchemy: `database` passes on what is returned here. Blocks.

**SQLite** has a write-ahead log, which it synchronises at each commit (``synchronous=FULL``). Its
file is ours and closed to others, and so is its directory, as it makes files beside it.

**PostgreSQL** answers within limits, and ends a transaction that stays idle, such as that of a
master that is cut off while it has the lock. Options of the URL come before ours.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store.private_files import open_private

WAIT = 30
"""Seconds that a writer waits for others."""

_LIBPQ = {"psycopg", "psycopg2", "psycopg2cffi"}
"""Drivers to which the limits can be passed."""

_CONNECTION_LIMITS = {"connect_timeout": 10, "tcp_user_timeout": WAIT * 1000}
"""Seconds, and milliseconds."""

_SERVER_LIMITS = {
    "lock_timeout": f"{WAIT}s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}


def create_file(path: Path) -> None:
    """Make the file of a database, unless there is one.

    :raise StoreError: when its directory does not exist, or is open to others.
    """
    with open_private(path.parent), contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def connect_to_file(path: Path, wait: float) -> sqlite3.Connection:
    """Connect to a file, which must exist and be closed to others.

    :param wait: seconds to wait for its lock.
    :return: a connection that begins no transaction by itself.
    :raise StoreError: when there is no such file, or it is open to others.
    """
    with open_private(path.parent) as directory:
        if not directory.has(path.name):
            msg = f"there is no database {path}; restore it from its backup"
            raise StoreError(msg)
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",  # it is not made because it is missing
        uri=True,
        timeout=wait,
        check_same_thread=False,
        isolation_level=None,
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def limits(driver: str, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return options of a connection to PostgreSQL, besides those of its URL, which stay.

    :param driver: the name of the driver in Python.
    :param query: the options of the URL.
    """
    if driver not in _LIBPQ:
        return {}
    ours = {name: value for name, value in _CONNECTION_LIMITS.items() if name not in query}
    settings = [f"-c {name}={value}" for name, value in _SERVER_LIMITS.items()]
    return ours | {"options": " ".join([*settings, *query.get("options", ())])}
