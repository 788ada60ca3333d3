"""`AuditToDatabase`: a table of events, which several masters may share. Blocks.

The only module of the audit trail that knows SQLAlchemy, which is imported when a sink is made: it
takes longer to import than all of this library. A sink has one connection, of its own thread.

A row has the JSON of an event, and apart from it what people select by. It is all ASCII: other
characters are escaped as in JSON.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zope.interface import implementer

from buildbot_keychain.audit.reading import Wanted, event_of
from buildbot_keychain.audit.record import Record
from buildbot_keychain.errors import ConfigurationError, StoreUnavailable
from buildbot_keychain.interfaces import IAuditSink
from buildbot_keychain.store.connections import WAIT, connect_to_file, create_file
from buildbot_keychain.store.engines import file_engine, server_engine

TABLE = "keychain_audit"

_PAGE = 1000
"""Rows that are read at once."""

_LONGEST = 255
"""Characters of what is selected by."""

_EARLIER_INDEX = f"ix_{TABLE}_secret"
"""What tables have whose oldest rows name secrets with their fields."""


@implementer(IAuditSink)
class AuditToDatabase:
    """Writes events to the table ``keychain_audit``, which is made if it is missing.

    :param url: the database, as SQLAlchemy has it: ``postgresql://...`` or ``sqlite:///path``.
    :raise ConfigurationError: when it cannot be such a URL, or something is not installed.
    """

    def __init__(self, url: str) -> None:
        self._database = AuditTable(url)
        self.url = url
        self.name = f"database {self._database.name}"

    def __repr__(self) -> str:
        return f"AuditToDatabase({self._database.name!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AuditToDatabase):
            return NotImplemented
        return self.url == other.url

    def __hash__(self) -> int:
        return hash(self._database.name)

    def check(self) -> None:
        """Raise an error where a file of SQLite cannot be."""
        path = self._database.path
        if path is not None and not path.parent.is_dir():
            raise ConfigurationError(f"{self!r}: there is no directory {path.parent}; make it")

    def write(self, records: Sequence[Record]) -> None:
        """Write records in one transaction."""
        self._database.insert([_row(record) for record in records])

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


class AuditTable:
    """The table of one database.

    :param url: as for `AuditToDatabase`.
    :ivar name: the URL without its password.
    :ivar path: the file, of SQLite.
    """

    def __init__(self, url: str) -> None:
        if importlib.util.find_spec("sqlalchemy") is None:
            raise ConfigurationError(
                "AuditToDatabase needs SQLAlchemy; run: pip install 'buildbot-keychain[store]'"
            )
        import sqlalchemy  # noqa: PLC0415 - not before it is needed

        self._sa: Any = sqlalchemy
        try:
            self.url = self._sa.engine.make_url(url)
            kind = self.url.get_backend_name()
        except (self._sa.exc.ArgumentError, ValueError, TypeError, AttributeError):
            kind = ""
        if kind not in ("sqlite", "postgresql", "mysql", "mariadb") or not self.url.database:
            raise ConfigurationError(
                "AuditToDatabase: the URL must be like postgresql://user@host/database or "
                "sqlite:////var/lib/buildbot/audit.sqlite"
            )
        self.path = Path(self.url.database).absolute() if kind == "sqlite" else None
        self.name: str = self.url.render_as_string(hide_password=True)
        self._table = self._tables()
        self._engine: Any = None
        self._with_fields: bool | None = None

    def insert(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows in one transaction.

        :raise StoreUnavailable: when that does not succeed.
        """
        with self._errors_reported():
            engine = self._opened()
            with engine.begin() as connection:
                connection.execute(self._table.insert(), list(rows))

    def events(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """Yield the events that are wanted, in the order in which they were written.

        :raise StoreUnavailable: when the table cannot be read.
        """
        columns = self._table.columns
        query = self._sa.select(columns.id, columns.content).order_by(columns.id).limit(_PAGE)
        if wanted.since:
            query = query.where(columns.time >= wanted.since)
        if wanted.until:
            query = query.where(columns.time < wanted.until)
        if wanted.kinds:
            query = query.where(columns.event.in_(wanted.kinds))
        last = 0
        while True:
            with self._errors_reported():
                if not self._is_there():
                    raise StoreUnavailable(f"{self.name} has no table {TABLE}")
                with self._engine.connect() as connection:
                    rows = connection.execute(query.where(columns.id > last)).fetchall()
            for _, content in rows:
                event = event_of(content)
                if event is not None and wanted(event):
                    yield event
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]

    def latest(self, secret_names: Sequence[str], limit: int) -> list[dict[str, Any]]:
        """Return the last events about what is called so, or is a field of it; the newest first.

        :raise StoreUnavailable: when the table cannot be read.
        """
        rows = self.older(0, limit, secret_names)
        return [event for *_, content in rows if (event := event_of(content)) is not None]

    def older(
        self, before: int, limit: int, names: Sequence[str] = (), builder: str = ""
    ) -> list[tuple[int, str, str]]:
        """Return rows from the newest on: their number, their time and the JSON of the event.

        :param before: the number before which to begin; 0 for the newest.
        :param names: of secrets that the rows are about, as asked for, with any field; empty for
            all.
        :param builder: of which they are; empty for all.
        :raise StoreUnavailable: when the table cannot be read.
        """
        columns = self._table.columns
        query = self._sa.select(columns.id, columns.time, columns.content)
        query = query.order_by(columns.id.desc()).limit(limit)
        if before:
            query = query.where(columns.id < before)
        if builder:
            query = query.where(columns.builder == _ascii(builder))
        # One query for each name reads an index backwards; one for all would sort what it finds.
        without_fields = list(dict.fromkeys(map(_without_field, names)))
        queries = [query.where(columns.secret == name) for name in without_fields] or [query]
        with self._errors_reported():
            if not self._is_there():
                return []
            if without_fields and self._has_fields():
                queries += [query.where(self._is_field_of(name)) for name in without_fields]
            with self._engine.connect() as connection:
                rows = [row for each in queries for row in connection.execute(each).fetchall()]
        return [tuple(row) for row in sorted(rows, reverse=True)[:limit]]

    def close(self) -> None:
        """Disconnect."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _is_there(self) -> bool:
        """Return whether there is a table; if so, the database is connected."""
        if self._engine is not None:
            return True
        if self.path is not None and not self.path.is_file():
            return False
        engine = self._connected()
        try:
            if self._sa.inspect(engine).has_table(TABLE):
                self._engine = engine
        finally:
            if self._engine is None:
                engine.dispose()
        return self._engine is not None

    def _has_fields(self) -> bool:
        """Return whether rows may have names with fields, as those of an earlier version."""
        if self._with_fields is None:
            indexes = self._sa.inspect(self._engine).get_indexes(TABLE)
            self._with_fields = any(each["name"] == _EARLIER_INDEX for each in indexes)
        return self._with_fields

    def _is_field_of(self, name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's
        """Return whether a row is about a field of a secret."""
        secret = self._table.columns.secret
        if self.path is None:
            return secret.startswith(f"{name}|", autoescape=True)
        # LIKE would neither tell cases apart in SQLite nor use an index.
        return (secret >= f"{name}|") & (secret < f"{name}}}")

    def _opened(self) -> Any:  # noqa: ANN401 - SQLAlchemy's
        if self._engine is None:
            if self.path is not None:
                create_file(self.path)
            engine = self._connected()
            self._table.create(engine, checkfirst=True)
            self._create_indexes(engine)
            self._engine = engine
        return self._engine

    def _create_indexes(self, engine: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        """Create those that a table of an earlier version has not."""
        for index in self._table.indexes:
            # Another master may do the same at this moment, or only somebody else may: then pages
            # take longer, but what happens is recorded.
            with contextlib.suppress(self._sa.exc.DBAPIError):
                index.create(engine, checkfirst=True)

    def _connected(self) -> Any:  # noqa: ANN401 - SQLAlchemy's
        path = self.path
        if path is None:
            return server_engine(self.url, pool_size=1, max_overflow=0)
        return file_engine("sqlite://", lambda: connect_to_file(path, WAIT), pool_size=1)

    def _tables(self) -> Any:  # noqa: ANN401 - SQLAlchemy's
        sa = self._sa
        number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
        return sa.Table(
            TABLE,
            sa.MetaData(),
            sa.Column("id", number, primary_key=True, autoincrement=True),
            sa.Column("time", sa.String(32), nullable=False, index=True),
            sa.Column("master", sa.String(_LONGEST), nullable=False),
            sa.Column("event", sa.String(32), nullable=False),
            sa.Column("secret", sa.String(_LONGEST)),
            sa.Column("builder", sa.String(_LONGEST)),
            sa.Column("outcome", sa.String(_LONGEST)),
            sa.Column("content", sa.Text(), nullable=False),
            # The last rows of a secret are read without those before.
            sa.Index(f"{TABLE}_of_secret", "secret", "id"),
            sa.Index(f"{TABLE}_of_builder", "builder", "id"),
        )

    @contextlib.contextmanager
    def _errors_reported(self) -> Iterator[None]:
        try:
            yield
        except ImportError as error:
            msg = f"{self.name}: the package {error.name} is not installed"
            raise StoreUnavailable(msg) from error
        except self._sa.exc.SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            lines = str(cause).strip().splitlines() or [type(cause).__name__]
            self.close()
            raise StoreUnavailable(f"{self.name}: {lines[0]}") from error


def _row(record: Record) -> dict[str, Any]:
    document = record.document
    requester, secret = document.get("requester", {}), document.get("secret")
    facts = {
        "secret": secret and str(secret).partition("|")[0],
        "builder": document.get("builder") or requester.get("builder"),
        "outcome": document.get("outcome") or document.get("action"),
    }
    return {
        "time": document["time"],
        "master": _ascii(document.get("master", "")),
        "event": document["event"],
        **{name: None if fact is None else _ascii(str(fact)) for name, fact in facts.items()},
        "content": record.text,
    }


def _without_field(name: str) -> str:
    return _ascii(name.partition("|")[0])


def _ascii(text: str) -> str:
    """Return a text as any database keeps it, and can select by it."""
    escaped = text.encode("unicode_escape").decode("ascii")
    return escaped[:_LONGEST]
