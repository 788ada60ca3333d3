"""`Database`: the store's rows, in SQLite or PostgreSQL.

Blocks; to be used in threads. `rows` has what is read and written, `connections` says how the two
are connected to.

**Transactions.** `reading` shows one moment of the database. `writing` holds the lock of the
store's row, which has the head of the journal, so writers are in one order: ``BEGIN IMMEDIATE`` in
SQLite, ``SELECT ... FOR UPDATE`` in PostgreSQL. What is written is on the disk when the ``with``
statement ends, and not at all if it ends with an error.

Errors are ours, and quote the driver's first line, which has no parameters.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from buildbot_keychain.errors import (
    ConfigurationError,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from buildbot_keychain.store import _sqlalchemy as sa
from buildbot_keychain.store._tables import Queries, Tables
from buildbot_keychain.store.connections import WAIT, connect_to_file, create_file
from buildbot_keychain.store.engines import LOCK, file_engine, server_engine
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.notifications import DRIVERS, LISTEN
from buildbot_keychain.store.rows import Rows, StoreRow, store_values

__all__ = ["Database", "Rows", "StoreRow", "has_password"]

_COPIED = 50
"""Rows that are copied at once; each may have a value of 1 MiB."""

_CONFIDENTIAL = {"dsn", "oauth_client_secret", "password", "scram_client_key", "sslpassword"}
"""Options of a connection, of libpq and of its drivers; ``dsn`` has all others in it."""

_UNAMBIGUOUS = re.compile(r"[^:/]+://([^@/?#]*@)?[^@]*")
"""A URL of a server. Where it matches, no part of a password counts as the host or the name."""

_UNDEFINED_TABLE = "42P01"
"""PostgreSQL's code, which psycopg2 has in ``pgcode``, and psycopg 3 in ``sqlstate``."""


class Database:
    """A database that has a store, or will have one.

    :param url: ``sqlite:///path`` or ``postgresql://...``, as SQLAlchemy has it.
    :param directory: what a relative path of SQLite is below; the current one by default.
    :param read_only: whether it is a file of SQLite that nobody writes to: a backup.
    :raise ConfigurationError: when it is another kind of URL, or SQLAlchemy is not installed.
    """

    def __init__(self, url: str, directory: str | Path = "", *, read_only: bool = False) -> None:
        sa.require()
        try:
            address = sa.engine.make_url(url)
            kind = address.get_backend_name()
            valid = kind == "sqlite" or _UNAMBIGUOUS.fullmatch(url) is not None
        except (sa.exc.ArgumentError, ValueError):
            valid = False
        if not valid:
            raise ConfigurationError(
                "the URL of the store's database is not valid; it must be like "
                "sqlite:///secrets.sqlite or postgresql://user@host/name, and a password in it "
                "must be percent-encoded: %40 for @, %2F for /"
            ) from None  # SQLAlchemy's errors may quote it
        self.path: Path | None = None
        """The file of SQLite."""
        if kind == "sqlite":
            if address.database in {None, "", ":memory:"} or str(address.database)[:5] == "file:":
                raise ConfigurationError("the URL of the store's database must name a file")
            self.path = Path(directory, address.database).absolute()
            address = address.set(database=str(self.path))
        elif kind != "postgresql":
            msg = f"the store's database must be SQLite or PostgreSQL, not {kind}"
            raise ConfigurationError(msg)
        self.name: str = address.set(query={}).render_as_string(hide_password=True)
        self._tables = Tables()
        self._queries = Queries(self._tables)
        self._writer = threading.Lock()
        self._read_only = read_only
        try:
            self._engine = self._make_engine(address)
        except ImportError as error:
            msg = f"{self.name} needs {error.name}; install it, or name another driver in the URL"
            raise ConfigurationError(msg) from error
        except sa.exc.ArgumentError:
            msg = f"{self.name} cannot be used; correct the driver or the options in the URL"
            raise ConfigurationError(msg) from None  # SQLAlchemy's error may quote the URL

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def require_empty(self) -> None:
        """Check that there is no store; the database itself need not exist.

        :raise StoreConflict: when there is one.
        :raise StoreError: when it cannot be read.
        """
        if self.path is not None and not os.path.lexists(self.path):
            return
        with self._errors(), self._connection(lock=False) as connection:
            found = sa.inspect(connection).has_table(self._tables.store.name)
            if found and connection.execute(sa.select(self._tables.store.c.id)).first():
                raise self._conflict()

    def create(self, row: StoreRow, first: Entry) -> None:
        """Make the tables, the row of a new store, and the first entry of its journal.

        :raise StoreConflict: when there is a store.
        :raise StoreError: when it cannot be made.
        """
        if self.path is not None:
            create_file(self.path)
        with self._errors(), self._connection(lock=True) as connection:
            self._tables.metadata.create_all(connection)
            if connection.execute(sa.select(self._tables.store.c.id)).first():
                raise self._conflict()
            connection.execute(self._tables.store.insert(), {"id": 1, **store_values(row)})
            connection.execute(self._tables.journal.insert(), asdict(first))

    def fill(self, source: Rows) -> None:
        """Make the tables, and copy all rows of another database into them, in one transaction.

        :raise StoreConflict: when there are rows of a store.
        :raise StoreError: when they cannot be read or written; there is no store then.
        """
        if self.path is not None:
            create_file(self.path)
        tables = self._tables.metadata.sorted_tables
        with self._errors(), self._connection(lock=True) as connection:
            self._tables.metadata.create_all(connection)
            for table in tables:
                if connection.execute(sa.select(table).limit(1)).first():
                    raise self._conflict()
            for table in tables:
                for rows in source.all_of(table.name, _COPIED):
                    connection.execute(table.insert(), rows)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Rows]:
        """Show the rows as they are at one moment.

        :raise StoreError: when there is no store, or the database cannot be read.
        """
        with self._errors(), self._connection(lock=False) as connection:
            yield Rows(self._tables, self._queries, connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Rows]:
        """Hold the lock of writers, and write at the end.

        :raise StoreError: when there is no store, or it cannot be written.
        """
        with self._turn(), self._errors(), self._connection(lock=True) as connection:
            rows = Rows(self._tables, self._queries, connection)
            if self.path is None:
                connection.execute(sa.select(self._tables.store.c.id).with_for_update())
            yield rows

    @property
    def tells_changes(self) -> bool:
        """Whether `listening` can be used."""
        return self._engine.driver in DRIVERS

    @contextlib.contextmanager
    def listening(self) -> Iterator[Any]:
        """Open a connection that is told of changes, for `notifications.wait`.

        :raise StoreError: when there is none.
        """
        with self._errors(), self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")  # noqa: PLW2901 - the same
            connection.exec_driver_sql(LISTEN)
            try:
                yield connection.connection.driver_connection
            finally:
                connection.invalidate()  # nobody else is to listen

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the other writers of this process, without a connection.

        If writers that wait had all connections, a reader would wait for one of them, with a lock
        that the first writer needs. And SQLite lets writers wait in no order.
        """
        if not self._writer.acquire(timeout=WAIT):
            msg = f"the store's database {self.name}: other writers take too long"
            raise StoreUnavailable(msg)
        try:
            yield
        finally:
            self._writer.release()

    def _conflict(self) -> StoreConflict:
        return StoreConflict(f"there is a store in {self.name} already")

    def _make_engine(self, address: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's
        path = self.path
        if path is None:
            return server_engine(address)
        return file_engine(address, lambda: connect_to_file(path, WAIT, read_only=self._read_only))

    @contextlib.contextmanager
    def _connection(self, *, lock: bool) -> Iterator[Any]:
        options: dict[str, Any] = {LOCK: lock}
        if self.path is None:
            # A writer that waited for the lock must see what the one before has written.
            options["isolation_level"] = "READ COMMITTED" if lock else "REPEATABLE READ"
        with self._engine.connect() as connection:
            connection = connection.execution_options(**options)  # noqa: PLW2901 - the same
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLAlchemy's errors into ours."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            first = next(iter(str(cause).strip().splitlines()), "")
            code = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None)
            if code == _UNDEFINED_TABLE or first.startswith("no such table"):
                msg = f"there is no store in {self.name}"
                raise StoreError(msg) from error
            msg = f"the store's database {self.name}: {type(cause).__name__}: {first}"
            if isinstance(error, sa.exc.IntegrityError):
                raise StoreConflict(msg) from error
            lost = getattr(error, "connection_invalidated", False)
            if lost or isinstance(error, (sa.exc.OperationalError, sa.exc.TimeoutError)):
                raise StoreUnavailable(msg) from error
            raise StoreError(msg) from error


def has_password(url: str) -> bool:
    """Return whether the URL of a database has a password in it.

    :raise ConfigurationError: when it is not valid, or SQLAlchemy is not installed.
    """
    sa.require()
    try:
        address = sa.engine.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigurationError("the URL of the store's database is not valid") from None
    options = {option.lower() for option in address.query}
    return address.password is not None or not _CONFIDENTIAL.isdisjoint(options)
