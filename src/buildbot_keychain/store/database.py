"""`Database`: the store's rows, in SQLite or PostgreSQL.

The only module of the store that knows SQLAlchemy. Blocks; to be used in threads. Rows go in and
out as they are; nothing here knows a key. `connections` says how the two are connected to.

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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildbot_keychain.errors import (
    ConfigurationError,
    StoreConflict,
    StoreError,
    StoreTampered,
    StoreUnavailable,
)
from buildbot_keychain.store.connections import (
    WAIT,
    connect_to_file,
    create_file,
    limits,
    set_limits,
)
from buildbot_keychain.store.journal import START, Entry, Head
from buildbot_keychain.store.notifications import DRIVERS, LISTEN, NOTIFY
from buildbot_keychain.store.records import CurrentRow, VersionRow
from buildbot_keychain.utf8 import is_encodable

if TYPE_CHECKING:
    import sqlalchemy as sa
else:
    sa = None  # `_require_sqlalchemy` imports it: it takes longer than all of this library

SCHEMA = 1
"""The version of the tables."""

_AT_ONCE = 500
"""Secrets that one statement is about."""

_COPIED = 50
"""Rows that are copied at once; each may have a value of 1 MiB."""

_CONFIDENTIAL = {"dsn", "oauth_client_secret", "password", "scram_client_key", "sslpassword"}
"""Options of a connection, of libpq and of its drivers; ``dsn`` has all others in it."""

_UNAMBIGUOUS = re.compile(r"[^:/]+://([^@/?#]*@)?[^@]*")
"""A URL of a server. Where it matches, no part of a password counts as the host or the name."""

_UNDEFINED_TABLE = "42P01"
"""PostgreSQL's code, which psycopg2 has in ``pgcode``, and psycopg 3 in ``sqlstate``."""


@dataclass(frozen=True)
class StoreRow:
    """The store as a whole.

    :param primary: the id of the key that seals.
    :param root_box: the box of the root secret.
    :param head: the end of the journal.
    """

    store_id: bytes
    primary: bytes
    root_box: bytes = field(repr=False)
    head: Head = START
    schema: int = SCHEMA


class _Tables:
    """The tables. They are made when SQLAlchemy is there."""

    def __init__(self) -> None:
        self.metadata = sa.MetaData()

        class Binary(sa.LargeBinary):
            """Bytes as the driver returns them, which may be none: `_binary` tells."""

            def result_processor(self, *_: object) -> None:
                """Leave them as they are; SQLAlchemy 1.4 fails at what is a text."""

        column, binary, number = sa.Column, Binary, sa.BigInteger

        def table(name: str, *columns: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's
            return sa.Table(f"keychain_store{name}", self.metadata, *columns)

        self.store = table(
            "",
            column("id", sa.Integer, primary_key=True, autoincrement=False),
            column("schema", sa.Integer, nullable=False),
            column("store_id", binary(16), nullable=False),
            column("primary_kid", binary(8), nullable=False),
            column("root_box", binary, nullable=False),
            column("head_seq", number, nullable=False),
            column("head_mac", binary(32), nullable=False),
        )
        self.masters = table(
            "_masters",
            column("master", sa.String(200), primary_key=True),
            column("kid", binary(8), primary_key=True),
            column("seen", number, nullable=False),
        )
        self.secrets = table(
            "_secrets",
            column("uid", binary(16), primary_key=True),
            column("name", sa.Text, nullable=False, unique=True),
            column("used", number, nullable=False),
        )
        self.current = table(
            "_current",
            column("uid", binary(16), primary_key=True),
            column("version", number, nullable=False),
            column("deleted", number, nullable=False),
            column("seq", number, nullable=False),
            column("mac", binary(32), nullable=False),
        )
        self.versions = table(
            "_versions",
            column("uid", binary(16), primary_key=True),
            column("version", number, primary_key=True, autoincrement=False),
            column("kid", binary(8), nullable=False, index=True),
            column("wrapped", binary, nullable=False),
            column("metadata", binary, nullable=False),
            column("metadata_digest", binary(32), nullable=False),
            column("payload_digest", binary(32), nullable=False),
            column("payload", binary, nullable=False),
        )
        self.journal = table(
            "_journal",
            column("seq", number, primary_key=True, autoincrement=False),
            column("time", number, nullable=False),
            column("operation", sa.Text, nullable=False),
            column("uid", binary(16), nullable=False, index=True),
            column("version", number, nullable=False),
            column("actor", sa.Text, nullable=False),
            column("digest", binary(32), nullable=False),
            column("mac", binary(32), nullable=False),
        )


class _Queries:
    """What each lookup asks: SQLAlchemy takes longer to make a statement than to execute it."""

    def __init__(self, tables: _Tables) -> None:
        secrets, current, versions = tables.secrets.c, tables.current, tables.versions.c
        described = [versions[item.name] for item in fields(VersionRow)]
        self.store = sa.select(tables.store)
        self.described = sa.select(*described)
        self.names = _ByUid(sa.select(secrets.uid, secrets.name), secrets.uid)
        self.uses = _ByUid(sa.select(secrets.uid, secrets.used), secrets.uid)
        self.currents = _ByUid(sa.select(current), current.c.uid)
        self.versions = _ByUid(self.described.order_by(versions.version), versions.uid)
        is_version = (versions.uid == sa.bindparam("of")) & (versions.version == sa.bindparam("at"))
        self.payload = sa.select(versions.payload).where(is_version)


class _ByUid:
    """A query for what is known of some secrets."""

    def __init__(self, query: Any, uid: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        self._one = query.where(uid == sa.bindparam("of"))
        several = sa.bindparam("of", expanding=True, type_=uid.type)
        self._several = query.where(uid.in_(several))

    def rows(self, connection: Any, uids: Sequence[bytes]) -> Iterator[Any]:  # noqa: ANN401 - the same
        """Yield the rows about `uids`."""
        for at in range(0, len(uids), _AT_ONCE):
            some = uids[at : at + _AT_ONCE]
            if len(some) == 1:
                yield from connection.execute(self._one, {"of": some[0]})
            else:
                yield from connection.execute(self._several, {"of": list(some)})


_LOCK = "keychain_lock"
"""An option of connections that begin by locking the database."""


class Database:
    """A database that has a store, or will have one.

    :param url: ``sqlite:///path`` or ``postgresql://...``, as SQLAlchemy has it.
    :param directory: what a relative path of SQLite is below; the current one by default.
    :param read_only: whether it is a file of SQLite that nobody writes to: a backup.
    :raise ConfigurationError: when it is another kind of URL, or SQLAlchemy is not installed.
    """

    def __init__(self, url: str, directory: str | Path = "", *, read_only: bool = False) -> None:
        _require_sqlalchemy()
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
        self._tables = _Tables()
        self._queries = _Queries(self._tables)
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
            connection.execute(self._tables.store.insert(), {"id": 1, **_store_values(row)})
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
            engine = sa.create_engine(
                address,
                future=True,
                hide_parameters=True,
                pool_pre_ping=True,
                connect_args=limits(address.get_driver_name(), address.normalized_query),
            )
            sa.event.listen(engine, "connect", lambda connection, _: set_limits(connection))
            return engine
        engine = sa.create_engine(
            address,
            future=True,
            hide_parameters=True,
            poolclass=sa.pool.QueuePool,
            creator=lambda: connect_to_file(path, WAIT, read_only=self._read_only),
        )
        sa.event.listen(engine, "begin", _begin)
        return engine

    @contextlib.contextmanager
    def _connection(self, *, lock: bool) -> Iterator[Any]:
        options: dict[str, Any] = {_LOCK: lock}
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


def _require_sqlalchemy() -> None:
    """Import SQLAlchemy.

    :raise ConfigurationError: when it is not installed.
    """
    global sa  # noqa: PLW0603 - as any import does
    try:
        import sqlalchemy as sa  # noqa: PLC0415 - only who uses a store needs it
    except ImportError as error:
        raise ConfigurationError(
            "the store needs SQLAlchemy; run: pip install 'buildbot-keychain[store]'"
        ) from error


def has_password(url: str) -> bool:
    """Return whether the URL of a database has a password in it.

    :raise ConfigurationError: when it is not valid, or SQLAlchemy is not installed.
    """
    _require_sqlalchemy()
    try:
        address = sa.engine.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigurationError("the URL of the store's database is not valid") from None
    options = {option.lower() for option in address.query}
    return address.password is not None or not _CONFIDENTIAL.isdisjoint(options)


def _begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    locked = connection.get_execution_options().get(_LOCK)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if locked else "BEGIN")


class Rows:
    """The rows, within one transaction."""

    def __init__(self, tables: _Tables, queries: _Queries, connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        self._tables = tables
        self._queries = queries
        self._connection = connection

    # ------------------------------------------------------------------ the store as a whole

    def store(self) -> StoreRow:
        """Return the store's own row.

        :raise StoreError: when there is none, or its tables are of a later version.
        """
        row = self._connection.execute(self._queries.store).mappings().first()
        if row is None:
            raise StoreError("there is no store in the database")
        schema = _number(row["schema"])
        if schema != SCHEMA:
            msg = f"the tables have version {schema}; update buildbot-keychain"
            raise StoreError(msg)
        head = Head(_number(row["head_seq"]), _binary(row["head_mac"]))
        box, primary = _binary(row["root_box"]), _binary(row["primary_kid"])
        return StoreRow(_binary(row["store_id"]), primary, box, head, schema)

    def all_of(self, table: str, size: int) -> Iterator[list[dict[str, Any]]]:
        """Yield all rows of a table, as they are, some at a time.

        :param table: its name in the database.
        :param size: how many at a time.
        """
        query = sa.select(self._tables.metadata.tables[table])
        options = {"stream_results": True, "max_row_buffer": size}
        found = self._connection.execute(query, execution_options=options).mappings()
        for rows in found.partitions(size):
            yield list(map(dict, rows))

    def put_store(self, row: StoreRow) -> None:
        """Replace the store's own row."""
        self._connection.execute(self._tables.store.update().values(_store_values(row)))

    def put_master(self, master: str, kids: Iterable[bytes], seen: int) -> None:
        """Write which keys a master has, and when that was, in seconds since the epoch."""
        table = self._tables.masters
        self._connection.execute(table.delete().where(table.c.master == master))
        rows = [{"master": master, "kid": kid, "seen": seen} for kid in kids]
        self._connection.execute(table.insert(), rows)

    def masters(self) -> dict[str, tuple[int, set[bytes]]]:
        """Return when each master was seen, and the keys that it had."""
        found: dict[str, tuple[int, set[bytes]]] = {}
        for master, kid, seen in self._connection.execute(sa.select(self._tables.masters)):
            found.setdefault(_text(master), (_number(seen), set()))[1].add(_binary(kid))
        return found

    # ------------------------------------------------------------------------------- journal

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries after a number, in their order."""
        table = self._tables.journal
        query = sa.select(table).where(table.c.seq > after).order_by(table.c.seq)
        options = {"stream_results": True, "max_row_buffer": 1000}
        yield from map(_entry, self._connection.execute(query, execution_options=options))

    def entries_of(self, uid: bytes) -> list[Entry]:
        """Return the entries about a secret, in their order."""
        table = self._tables.journal
        query = sa.select(table).where(table.c.uid == uid).order_by(table.c.seq)
        return list(map(_entry, self._connection.execute(query)))

    def mac_at(self, seq: int) -> bytes | None:
        """Return the MAC of an entry, or ``None`` where there is no such entry."""
        table = self._tables.journal
        found = self._connection.execute(sa.select(table.c.mac).where(table.c.seq == seq)).scalar()
        return None if found is None else _binary(found)

    def add_entry(self, entry: Entry) -> None:
        """Add an entry, and make it the head."""
        self._connection.execute(self._tables.journal.insert(), asdict(entry))
        head = {"head_seq": entry.seq, "head_mac": entry.mac}
        self._connection.execute(self._tables.store.update().values(head))
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql(NOTIFY)

    # ------------------------------------------------------------------------------- secrets

    def names(self, uids: Sequence[bytes]) -> dict[bytes, str]:
        """Return the names of secrets; those that have no row are missing."""
        found = self._queries.names.rows(self._connection, uids)
        return {_binary(uid): _text(name) for uid, name in found}

    def names_after(self, after: str, limit: int) -> list[str]:
        """Return names of secrets that are not deleted and follow a name, sorted by the database.

        They are not verified: only who has the keys can do that.
        """
        secrets, current = self._tables.secrets, self._tables.current
        query = sa.select(secrets.c.name).join(current, current.c.uid == secrets.c.uid)
        query = query.where((current.c.deleted == 0) & (secrets.c.name > after))
        query = query.order_by(secrets.c.name).limit(limit)
        return [_text(name) for (name,) in self._connection.execute(query)]

    def uids(self) -> set[bytes]:
        """Return all secrets that have any row."""
        tables = (self._tables.secrets, self._tables.current, self._tables.versions)
        return {
            _binary(uid)
            for table in tables
            for (uid,) in self._connection.execute(sa.select(table.c.uid).distinct())
        }

    def add_secret(self, uid: bytes, name: str) -> None:
        """Add a secret without versions."""
        row = {"uid": uid, "name": name, "used": 0}
        self._connection.execute(self._tables.secrets.insert(), row)

    def rename(self, uid: bytes, name: str) -> None:
        """Replace the name of a secret."""
        table = self._tables.secrets
        self._connection.execute(table.update().where(table.c.uid == uid).values(name=name))

    def remove_secret(self, uid: bytes) -> None:
        """Remove all rows of a secret but those of the journal."""
        for table in (self._tables.versions, self._tables.current, self._tables.secrets):
            self._connection.execute(table.delete().where(table.c.uid == uid))

    def uses(self, uids: Sequence[bytes]) -> dict[bytes, int]:
        """Return when secrets were last used, in seconds since the epoch; 0 if never."""
        found = self._queries.uses.rows(self._connection, uids)
        return {_binary(uid): _number(used) for uid, used in found}

    def put_used(self, uid: bytes, used: int) -> None:
        """Replace when a secret was last used."""
        table = self._tables.secrets
        self._connection.execute(table.update().where(table.c.uid == uid).values(used=used))

    def currents(self, uids: Sequence[bytes]) -> dict[bytes, CurrentRow]:
        """Return which versions of secrets are the current ones; without a row, none is."""
        found = self._queries.currents.rows(self._connection, uids)
        return {
            _binary(uid): CurrentRow(
                _binary(uid), _number(version), _number(deleted), _number(seq), _binary(mac)
            )
            for uid, version, deleted, seq, mac in found
        }

    def put_current(self, row: CurrentRow) -> None:
        """Write which version is the current one."""
        table = self._tables.current
        self._connection.execute(table.delete().where(table.c.uid == row.uid))
        self._connection.execute(table.insert(), asdict(row))

    # ------------------------------------------------------------------------------ versions

    def versions(self, uids: Sequence[bytes]) -> dict[bytes, list[VersionRow]]:
        """Return the versions of secrets, by their numbers."""
        found: dict[bytes, list[VersionRow]] = {}
        for row in map(_version, self._queries.versions.rows(self._connection, uids)):
            found.setdefault(row.uid, []).append(row)
        return found

    def versions_with_other_key(
        self, kid: bytes, limit: int, after: tuple[bytes, int] = (b"", 0)
    ) -> list[VersionRow]:
        """Return versions of which the data key is not sealed with a key, in the order of uids.

        :param after: uid and number of the version that they follow.
        """
        table = self._tables.versions
        order = sa.tuple_(table.c.uid, table.c.version)
        query = self._queries.described.where((table.c.kid != kid) & (order > sa.tuple_(*after)))
        query = query.order_by(table.c.uid, table.c.version).limit(limit)
        return list(map(_version, self._connection.execute(query)))

    def keys_in_use(self) -> dict[bytes, int]:
        """Return with which keys data keys are sealed, and how many."""
        kid = self._tables.versions.c.kid
        query = sa.select(kid, sa.func.count()).group_by(kid)
        return {_binary(found): count for found, count in self._connection.execute(query)}

    def payload(self, uid: bytes, version: int) -> bytes | None:
        """Return the box of a value, or ``None`` where there is no such version."""
        which = {"of": uid, "at": version}
        found = self._connection.execute(self._queries.payload, which).scalar()
        return None if found is None else _binary(found)

    def add_version(self, row: VersionRow, payload: bytes) -> None:
        """Add a version."""
        values = asdict(row) | {"payload": payload}
        self._connection.execute(self._tables.versions.insert(), values)

    def put_version(self, row: VersionRow, payload: bytes | None = None) -> None:
        """Replace a version, but for its value where that is ``None``."""
        table = self._tables.versions
        values = asdict(row) | ({} if payload is None else {"payload": payload})
        self._connection.execute(
            table.update().where(_is(table, row.uid, row.version)).values(values)
        )

    def rewrap(self, row: VersionRow, kid: bytes, wrapped: bytes) -> bool:
        """Replace the box of a data key, if it still is the one of `row`; return whether it was."""
        table = self._tables.versions
        unchanged = (table.c.kid == row.kid) & (table.c.wrapped == row.wrapped)
        done = self._connection.execute(
            table.update()
            .where(_is(table, row.uid, row.version) & unchanged)
            .values(kid=kid, wrapped=wrapped)
        )
        return bool(done.rowcount)

    def remove_version(self, uid: bytes, version: int) -> None:
        """Remove a version."""
        table = self._tables.versions
        self._connection.execute(table.delete().where(_is(table, uid, version)))


def _is(table: Any, uid: bytes, version: int) -> Any:  # noqa: ANN401 - SQLAlchemy's
    return (table.c.uid == uid) & (table.c.version == version)


def _store_values(row: StoreRow) -> dict[str, Any]:
    return {
        "schema": row.schema,
        "store_id": row.store_id,
        "primary_kid": row.primary,
        "root_box": row.root_box,
        "head_seq": row.head.seq,
        "head_mac": row.head.mac,
    }


def _entry(row: Any) -> Entry:  # noqa: ANN401 - SQLAlchemy's
    seq, time, operation, uid, version, actor, digest, mac = row
    return Entry(
        _number(seq),
        _number(time),
        _text(operation),
        _binary(uid),
        _number(version),
        _text(actor),
        _binary(digest),
        _binary(mac),
    )


def _version(row: Any) -> VersionRow:  # noqa: ANN401 - SQLAlchemy's
    uid, version, *boxes = row
    return VersionRow(_binary(uid), _number(version), *map(_binary, boxes))


# SQLite keeps a value of any type in any column.


def _binary(value: object) -> bytes:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value)
    raise _wrong_type()


def _number(value: object) -> int:
    if isinstance(value, int) and value >= 0:
        return value
    raise _wrong_type()


def _text(value: object) -> str:
    if isinstance(value, str) and (value.isascii() or is_encodable(value)):
        return value
    raise _wrong_type()


def _wrong_type() -> StoreTampered:
    return StoreTampered("a row of the database has a value of another type than it was given")
