"""A Buildbot database as pages of rows: the only module that knows SQLAlchemy.

Rows are read and written in short transactions, each write on condition that the row still is as it
was read, so that a master that runs loses nothing. What SQLAlchemy and drivers raise holds the
values that were written: it is replaced by its type, except for connecting.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from buildbot_keychain.cli.outcome import Stop

try:
    import sqlalchemy as sa
except ImportError:  # `Database` says so
    sa = None  # type: ignore[assignment]

Row = Mapping[str, Any]


class Conflict(Exception):
    """The new values are those of another row, where they must differ."""


class Refused(Exception):
    """The database does not take the new values.

    :param reason: the type of the error.
    """


class Column(NamedTuple):
    """A column that may hold a secret; `limit` is the most characters that it takes."""

    name: str
    limit: int | None


class Table:
    """A table with columns of text or bytes."""

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        self.table = table
        self.name: str = table.name
        self.columns = [
            Column(column.name, getattr(column.type, "length", None))
            for column in table.columns
            if _holds(column) in {str, bytes}
        ]
        self.has_large = any(_holds(column) is bytes for column in table.columns)
        self.identity = [column.name for column in table.primary_key.columns]
        numbers = [column for column in table.columns if _holds(column) is int]
        owners = [column for column in numbers if column.primary_key or column.foreign_keys]
        self.order = next(iter(owners or numbers), None)


class Database:
    """A connection to a Buildbot database.

    :param url: as in a ``master.cfg``; a SQLite file's path is relative to `basedir`.
    :raise Stop: when it cannot be reached, or is no Buildbot's.
    """

    def __init__(self, url: str, basedir: Path) -> None:
        if sa is None:
            raise Stop("a database needs SQLAlchemy: run pip install sqlalchemy")
        try:
            address = _address(sa.engine.make_url(url), basedir)
        except (sa.exc.ArgumentError, ValueError, TypeError, KeyError):
            raise Stop("the database's url is none: it reads like sqlite:///state.sqlite") from None
        self.name: str = address.render_as_string(hide_password=True)
        self.has_password = bool(address.password)
        self.path = None
        if address.get_backend_name() == "sqlite":
            self.path = Path(address.database or "")
            if not self.path.is_file():
                raise Stop(f"there is no database {self.path}: is the basedir right")
        self._writing = False
        self._engine = self._connected(address)
        metadata = sa.MetaData()
        with self._guarded("cannot read the tables"):
            metadata.reflect(self._engine)
        if not {"builds", "logchunks", "logs", "masters"} <= set(metadata.tables):
            raise Stop(f"{self.name} is no database of Buildbot's")
        self._tables = {name: Table(table) for name, table in sorted(metadata.tables.items())}

    @property
    def backend(self) -> str:
        """What it is: ``sqlite``, ``postgresql``, ``mysql``, …."""
        return str(self._engine.dialect.name)

    def tables(self) -> list[Table]:
        """List the tables that hold text."""
        return [table for table in self._tables.values() if table.columns]

    def count(self, name: str) -> int:
        """Count the rows of a table."""
        with self._reading() as connection:
            query = sa.select(sa.func.count()).select_from(self._tables[name].table)
            return int(connection.execute(query).scalar() or 0)

    def pages(self, table: Table, after: int | None, most: int) -> Iterator[tuple[int, list[Row]]]:
        """Yield the rows in about as many as `most` at once, with the highest number among them.

        Rows of the same number, say of the same build, come together.

        :param after: begin behind this number.
        """
        order = table.order
        if order is None:
            yield 0, self._rows(sa.select(table.table))
            return
        while True:
            ahead = sa.select(order).order_by(order)
            if after is not None:
                ahead = ahead.where(order > after)
            with self._reading() as connection:
                numbers = connection.execute(ahead.limit(most)).scalars().all()
            if not numbers:
                return
            query = sa.select(table.table).where(order <= numbers[-1]).order_by(order)
            yield numbers[-1], self._rows(query if after is None else query.where(order > after))
            after = numbers[-1]

    def chunks(self, log: int, first: int, most: int) -> list[Row]:
        """Give up to `most` chunks from line `first` of the log `log` on, and of logs behind it.

        Each comes with the type of its log as ``log_type``.
        """
        chunks, logs = self._tables["logchunks"].table, self._tables["logs"].table
        columns = chunks.columns
        inside = (columns.logid == log) & (columns.first_line >= first)
        query = (
            sa.select(chunks, logs.columns.type.label("log_type"))
            .outerjoin(logs, logs.columns.id == columns.logid)
            .order_by(columns.logid, columns.first_line)
        )
        rows = self._rows(query.where(inside).limit(most))
        if len(rows) < most:
            rows += self._rows(query.where(columns.logid > log).limit(most - len(rows)))
        return rows

    def find(self, name: str, number: int | None) -> Row | None:
        """Give the row with the primary key `number` of a table, if there is one."""
        table = self._tables.get(name)
        if table is None or number is None or len(table.identity) != 1:
            return None
        rows = self._rows(
            sa.select(table.table).where(table.table.columns[table.identity[0]] == number)
        )
        return rows[0] if rows else None

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writer]:
        """Write in one transaction."""
        self._writing = True
        try:
            with self._guarded("cannot write"), self._engine.begin() as connection:
                yield Writer(connection, self._tables)
        finally:
            self._writing = False

    def forget(self, *, rewritten: bool) -> str | None:
        """Make the database forget what it keeps of replaced values.

        :return: what is left to a person to do.
        """
        if self.backend != "sqlite":
            if not rewritten:
                return None
            command = "VACUUM FULL" if self.backend == "postgresql" else "OPTIMIZE TABLE"
            return (
                f"{self.backend} keeps replaced values on disk until {command}, and in its backups"
            )
        # In autocommit: neither may run in a transaction.
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            free = cursor.execute("PRAGMA freelist_count").fetchone()[0]
            if rewritten or free:
                cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except Exception as error:  # noqa: BLE001 - the driver's own errors
            return f"{self.name} could not be compacted ({type(error).__name__}): run VACUUM later"
        finally:
            raw.close()
        return "backups of the database still hold what was replaced" if rewritten else None

    def close(self) -> None:
        """Disconnect."""
        self._engine.dispose()

    def _connected(self, address: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's
        failure = ""
        try:
            engine = sa.create_engine(address, future=True, hide_parameters=True)
            if self.path is not None:
                sa.event.listen(engine, "connect", _prepare_sqlite)
                sa.event.listen(engine, "begin", self._begin_sqlite)
            with engine.connect():
                return engine
        except ImportError as missing:
            failure = f"needs the package {missing.name}, which is not installed"
        except sa.exc.SQLAlchemyError as error:
            text = str(getattr(error, "orig", None) or type(error).__name__).strip()
            failure = text.partition("\n")[0]
            if address.password:
                failure = failure.replace(str(address.password), "<password>")
        raise Stop(f"cannot connect to {self.name}: {failure}")

    def _begin_sqlite(self, connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        # To begin by reading and go on to write fails when someone else has written in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if self._writing else "BEGIN")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._guarded("cannot read"), self._engine.connect() as connection:
            yield connection

    def _rows(self, query: Any) -> list[Row]:  # noqa: ANN401 - SQLAlchemy's
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    @contextlib.contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            failure = type(getattr(error, "orig", None) or error).__name__
        else:
            return
        raise Stop(f"{what} in {self.name} ({failure}): nothing is half done, run it again")


class Writer:
    """One transaction."""

    def __init__(self, connection: Any, tables: Mapping[str, Table]) -> None:  # noqa: ANN401
        self._connection = connection
        self._tables = tables

    def update(self, name: str, row: Row, changes: Mapping[str, Any]) -> bool:
        """Replace values in a row that was read; tell whether it still was as it had been read.

        :raise Conflict: when the values are not unique.
        :raise Refused: when they are not taken for another reason.
        """
        table = self._tables[name]
        same = [*table.identity, *changes] if table.identity else list(row)
        return self._update(table.table, row, same, changes)

    def update_chunk(self, name: str, row: Row, changes: Mapping[str, Any]) -> bool:
        """Replace the content of a log chunk; tell whether it still was where it had been read.

        :raise Refused: when the database does not take it.
        """
        same = ["logid", "first_line", "last_line", "compressed"]
        return self._update(self._tables[name].table, row, same, changes)

    def _update(
        self,
        table: Any,  # noqa: ANN401 - SQLAlchemy's
        row: Row,
        same: list[str],
        changes: Mapping[str, Any],
    ) -> bool:
        query = table.update().where(*(table.columns[column] == row[column] for column in same))
        try:
            with self._connection.begin_nested():
                return bool(self._connection.execute(query.values(**changes)).rowcount)
        except sa.exc.IntegrityError:
            failure: Exception = Conflict(table.name)
        except (sa.exc.DataError, sa.exc.ProgrammingError, UnicodeError) as error:
            failure = Refused(type(getattr(error, "orig", None) or error).__name__)
        raise failure


def _holds(column: Any) -> type | None:  # noqa: ANN401 - SQLAlchemy's
    try:
        kind: type = column.type.python_type
    except NotImplementedError:
        return None
    return kind


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
    connection.isolation_level = None  # transactions begin where we say so
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    for pragma in ("busy_timeout = 60000", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _address(url: Any, basedir: Path) -> Any:  # noqa: ANN401 - SQLAlchemy's
    """Understand a url as Buildbot's ``db/enginestrategy.py`` does."""
    query = dict(url.query)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise Stop("a database in memory is gone with its master: nothing to do")
        query.pop("serialize_access", None)
        database = str(basedir / (url.database % {"basedir": str(basedir)}))
        return url.set(database=database, query=query)
    if url.get_backend_name() in {"mysql", "mariadb"}:
        for buildbots in ("max_idle", "storage_engine", "use_unicode"):
            query.pop(buildbots, None)
        query.setdefault("charset", "utf8")
        return url.set(query=query)
    return url
