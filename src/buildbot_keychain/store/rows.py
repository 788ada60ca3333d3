"""`Rows`: the rows of a store, within one transaction. Blocks.

They go in and out as they are; nothing here knows a key. SQLite keeps a value of any type in any
column, so each is checked to be of the type that it was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from buildbot_keychain.errors import StoreError, StoreTampered
from buildbot_keychain.store import _sqlalchemy as sa
from buildbot_keychain.store._tables import Queries, Tables
from buildbot_keychain.store.journal import START, Entry, Head
from buildbot_keychain.store.notifications import NOTIFY
from buildbot_keychain.store.records import CurrentRow, VersionRow
from buildbot_keychain.utf8 import is_encodable

SCHEMA = 1
"""The version of the tables."""


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


class Rows:
    """The rows, within one transaction."""

    def __init__(self, tables: Tables, queries: Queries, connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
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
        self._connection.execute(self._tables.store.update().values(store_values(row)))

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


def store_values(row: StoreRow) -> dict[str, Any]:
    """Return what stands in the columns of the store's own row."""
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
