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
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from buildbot_keychain.errors import StoreError, StoreUnavailable
from buildbot_keychain.store.private_files import open_private, sync

WAIT = 30
"""Seconds that a writer waits for others."""

BESIDE = ("", "-wal", "-shm", "-journal")
"""How the names end of a file of SQLite, and of those that it makes beside it."""

_LIBPQ = {"psycopg", "psycopg2", "psycopg2cffi"}
"""Drivers to which the limits can be passed."""

_CONNECTION_LIMITS = {"connect_timeout": 10, "tcp_user_timeout": WAIT * 1000}
"""Seconds, and milliseconds."""

_SERVER_LIMITS = {
    "lock_timeout": f"{WAIT}s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}

_SET_LIMITS = " UNION ALL ".join(
    f"SELECT set_config(name, '{value}', false) FROM pg_settings"  # noqa: S608 - all of it is here
    f" WHERE name = '{name}' AND source <> 'client'"
    for name, value in _SERVER_LIMITS.items()
)

_HEADER = struct.Struct(">16sH10xI")
"""Magic, size of a page, and number of pages."""

_MAGIC = b"SQLite format 3\0"

_LARGEST_PAGE = 1 << 16
"""Bytes; its size does not fit into the header, which has a 1."""


def create_file(path: Path) -> None:
    """Make the file of a database, unless there is one.

    :raise StoreError: when its directory does not exist, or is open to others.
    """
    with open_private(path.parent), contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def connect_to_file(path: Path, wait: float, *, read_only: bool = False) -> sqlite3.Connection:
    """Connect to a file, which must exist and be closed to others.

    :param wait: seconds to wait for its lock.
    :param read_only: whether it is read as it is, and nothing is made beside it. Nobody may write
        to it meanwhile; others may read it.
    :return: a connection that begins no transaction by itself.
    :raise StoreError: when there is no such file, it is open to others, or read only and cut off,
        or when its directory cannot be written to and must be.
    """
    with open_private(path.parent, readable=read_only) as directory:
        if not directory.has(path.name):
            msg = f"there is no database {path}; restore it from its backup"
            raise StoreError(msg)
    if read_only:
        _require_whole(path)
    elif not os.access(path.parent, os.W_OK):
        msg = (
            f"the directory {path.parent} cannot be written to, and SQLite writes beside the "
            "database even to read it; make its disk writable"
        )
        raise StoreUnavailable(msg)
    how = "mode=ro&immutable=1" if read_only else "mode=rw"  # it is not made if it is missing
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{how}",
        uri=True,
        timeout=wait,
        check_same_thread=False,
        isolation_level=None,
    )
    connection.text_factory = _decoded
    pragmas = () if read_only else ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _require_whole(path: Path) -> None:
    """Check that a file has all pages that its header says (https://sqlite.org/fileformat2.html).

    SQLite reads nothing but zeros where a page is cut off.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        size = file.seek(0, os.SEEK_END)
    if len(header) == _HEADER.size:
        magic, page_size, pages = _HEADER.unpack(header)
        if magic == _MAGIC and size == pages * (_LARGEST_PAGE if page_size == 1 else page_size):
            return
    msg = f"{path} is not a file of SQLite, or was cut off; restore it from another copy"
    raise StoreError(msg)


def make_single_file(path: Path) -> None:
    """Put all of a database into its file, so that a copy of that is one of the database.

    It is on the disk when this returns. Nobody may be connected to it.

    :raise sqlite3.Error: when it cannot be written.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    sync(path)


def _decoded(text: bytes) -> str:
    """Return a text, also where it is not in UTF-8, and so not one that was stored."""
    return text.decode("utf-8", "surrogateescape")


def limits(driver: str, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return options of a connection to PostgreSQL, besides those of its URL, which stay.

    :param driver: the name of the driver in Python.
    :param query: the options of the URL.
    """
    if driver not in _LIBPQ:
        return {}
    return {name: value for name, value in _CONNECTION_LIMITS.items() if name not in query}


def set_limits(connection: Any) -> None:  # noqa: ANN401 - of the driver
    """Have the server keep the limits for a new connection, but for those that its URL has set.

    They are not passed as options at its start, which a pool such as PgBouncer refuses.
    """
    cursor = connection.cursor()
    cursor.execute(_SET_LIMITS)
    cursor.close()
    connection.commit()
