"""`Database`: a Buildbot database as pages of rows. The only module that knows SQLAlchemy.

Rows are read and written in short transactions. Each write requires that the row is still as it
was read, so that a running master loses nothing. Messages of errors name the type of SQLAlchemy's
or the driver's error and, except for connecting, do not quote it, as it may hold values.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from buildbot_keychain import bearer_tokens, given_names, uses
from buildbot_keychain.bearer_tokens import TokenRow
from buildbot_keychain.cli._database_url import resolve
from buildbot_keychain.cli._exit import CommandError

try:
    import sqlalchemy as sa
except ImportError:  # `Database` reports it
    sa = None  # type: ignore[assignment]

Row = Mapping[str, Any]


class DuplicateValues(Exception):
    """Another row already has the new values of columns that must be unique."""


class RejectedValues(Exception):
    """The database does not accept the new values."""


class Column(NamedTuple):
    """A column that can hold a secret; `limit` is the most characters that it takes."""

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
            if _python_type(column) in {str, bytes}
        ]
        self.has_blobs = any(_python_type(column) is bytes for column in table.columns)
        self.primary_key = [column.name for column in table.primary_key.columns]
        numbers = [column for column in table.columns if _python_type(column) is int]
        keys = [column for column in numbers if column.primary_key or column.foreign_keys]
        self.order = next(iter(keys or numbers), None)
        """The column of numbers in whose order the rows are read."""


class Database:
    """A connection to a Buildbot database.

    :param url: as in a ``master.cfg``; the path of a SQLite file is relative to `basedir`.
    :raise CommandError: if it cannot be reached, or is not a Buildbot database.
    """

    def __init__(self, url: str, basedir: Path) -> None:
        if sa is None:
            raise CommandError("SQLAlchemy is not installed: run pip install sqlalchemy")
        try:
            address = resolve(sa.engine.make_url(url), basedir)
        except (sa.exc.ArgumentError, ValueError, TypeError, KeyError) as error:
            raise CommandError(
                "the database URL is not valid: it must be like sqlite:///state.sqlite "
                "or postgresql://user@host/buildbot"
            ) from error
        self.name: str = address.render_as_string(hide_password=True)
        self.has_password = bool(address.password)
        self.path = None
        if address.get_backend_name() == "sqlite":
            self.path = Path(address.database or "")
            if not self.path.is_file():
                raise CommandError(
                    f"there is no database {self.path}: check --db-url and --basedir"
                )
        self._writing = False
        self._engine = self._connect(address)
        metadata = sa.MetaData()
        with self._errors_reported("cannot read the tables of"), warnings.catch_warnings():
            # SQLAlchemy warns of indexes of expressions, which it leaves out: none is needed here.
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            metadata.reflect(self._engine)
        if not {"builds", "logchunks", "logs", "masters", "steps"} <= set(metadata.tables):
            raise CommandError(f"{self.name} is not a Buildbot database: check --db-url")
        self._tables = {name: Table(table) for name, table in sorted(metadata.tables.items())}

    def tables(self) -> list[Table]:
        """Return the tables that hold text."""
        return [table for table in self._tables.values() if table.columns]

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        with self._reading() as connection:
            query = sa.select(sa.func.count()).select_from(self._tables[name].table)
            return int(connection.execute(query).scalar() or 0)

    def pages(self, table: Table, after: int | None, size: int) -> Iterator[tuple[int, list[Row]]]:
        """Yield pages of about `size` rows, each with the highest number in it.

        Rows of the same number, such as those of one build, are on the same page.

        :param after: start after this number.
        """
        order = table.order
        if order is None:
            yield 0, self._rows(sa.select(table.table))
            return
        while True:
            following = sa.select(order).order_by(order)
            if after is not None:
                following = following.where(order > after)
            with self._reading() as connection:
                numbers = connection.execute(following.limit(size)).scalars().all()
            if not numbers:
                return
            query = sa.select(table.table).where(order <= numbers[-1]).order_by(order)
            yield numbers[-1], self._rows(query if after is None else query.where(order > after))
            after = numbers[-1]

    def chunks(self, log: int, first_line: int, size: int) -> list[Row]:
        """Return up to `size` chunks, starting with `first_line` of `log`, also of later logs.

        Each has the type of its log as ``log_type``, and the number of its build as ``buildid``.
        """
        chunks, logs, steps = (self._tables[name].table for name in ("logchunks", "logs", "steps"))
        columns = chunks.columns
        rest_of_log = (columns.logid == log) & (columns.first_line >= first_line)
        query = (
            sa.select(chunks, logs.columns.type.label("log_type"), steps.columns.buildid)
            .outerjoin(logs, logs.columns.id == columns.logid)
            .outerjoin(steps, steps.columns.id == logs.columns.stepid)
            .order_by(columns.logid, columns.first_line)
        )
        rows = self._rows(query.where(rest_of_log).limit(size))
        if len(rows) < size:
            rows += self._rows(query.where(columns.logid > log).limit(size - len(rows)))
        return rows

    @property
    def records_given(self) -> bool:
        """Whether it records which builds were given which secrets; older ones do not."""
        return given_names.TABLE in self._tables

    def given(self, build: int | None) -> frozenset[str]:
        """Return the names of the secrets that a build was given, as far as that is recorded.

        :param build: its number; ``None`` stands for all builds.
        """
        if not self.records_given:
            return frozenset()
        columns = self._tables[given_names.TABLE].table.columns
        query = sa.select(columns.name).distinct()
        rows = self._rows(query if build is None else query.where(columns.buildid == build))
        return frozenset(given_names.read(row["name"]) for row in rows)

    def uses(self, since: int) -> list[tuple[str, int]]:
        """Return what was asked for, as `buildbot_keychain.uses` stores it, and how often.

        :param since: when the last such must have been (seconds since the epoch).
        """
        if uses.USES not in self._tables:
            return []
        columns = self._tables[uses.USES].table.columns
        query = sa.select(columns.content, columns.times).where(columns.last_at >= since)
        return [(row["content"], row["times"]) for row in self._rows(query.order_by(columns.id))]

    def uses_of(self, buildid: int) -> list[str]:
        """Return what a build asked for, in the order in which it did."""
        if uses.DECISIONS not in self._tables:
            return []
        used, had, builds = (
            self._tables[name].table.columns for name in (uses.USES, uses.DECISIONS, "builds")
        )
        query = (
            sa.select(used.content)
            .where(had.buildid == buildid, used.id == had.use_id, builds.id == buildid)
            # SQLite gives the id of the last build again when that was removed.
            .where(had.decided_at >= builds.started_at)
        )
        return [row["content"] for row in self._rows(query.order_by(had.decided_at, used.id))]

    def tokens(self) -> list[TokenRow]:
        """Return the tokens of the page, in the order in which they were made."""
        table = self._table_of_tokens().table
        query = sa.select(table).order_by(table.columns.created_at, table.columns.id)
        return [TokenRow.read(dict(row)) for row in self._rows(query)]

    def add_token(self, row: TokenRow) -> None:
        """Keep a token."""
        table = self._table_of_tokens().table
        with self.transaction() as writer:
            writer.execute(table.insert().values(**row.stored()))

    def remove_token(self, number: str) -> bool:
        """Remove the token with this id; return whether there was one."""
        table = self._table_of_tokens().table
        with self.transaction() as writer:
            return bool(writer.execute(table.delete().where(table.columns.id == number)))

    def _table_of_tokens(self) -> Table:
        if bearer_tokens.TABLE not in self._tables:
            raise CommandError(
                f"{self.name} has no table for tokens: start the master with the page of secrets, "
                'c["www"]["plugins"] = {"keychain": {...}}, which makes it'
            )
        return self._tables[bearer_tokens.TABLE]

    def approvals_of(self, buildid: int) -> list[tuple[str, str, list[str]]]:
        """Return what people were asked to approve for the build request of a build.

        :return: for each request its state, its content, and those of the votes, as JSON.
        """
        if not {"keychain_approvals", "keychain_votes"} <= self._tables.keys():
            return []
        asked, votes, builds = (
            self._tables[name].table.columns
            for name in ("keychain_approvals", "keychain_votes", "builds")
        )
        query = sa.select(asked.id, asked.state, asked.content).where(
            builds.id == buildid, asked.buildrequestid == builds.buildrequestid
        )
        found = []
        for row in self._rows(query.order_by(asked.id)):
            cast = sa.select(votes.content).where(votes.approval_id == row["id"])
            said = [vote["content"] for vote in self._rows(cast.order_by(votes.number))]
            found.append((row["state"], row["content"], said))
        return found

    def build(self, builder: str | None, number: int) -> int | None:
        """Return the id of a build; ``None`` if there is none.

        :param builder: the name of its builder; ``None`` where `number` is the id.
        """
        builds, builders = (self._tables[name].table.columns for name in ("builds", "builders"))
        query = sa.select(builds.id)
        if builder is None:
            query = query.where(builds.id == number)
        else:
            query = query.where(builds.builderid == builders.id, builders.name == builder)
            query = query.where(builds.number == number)
        return next((int(row["id"]) for row in self._rows(query)), None)

    def find(self, name: str, number: int | None) -> Row | None:
        """Return the row of a table with the primary key `number`, if there is one."""
        table = self._tables.get(name)
        if table is None or number is None or len(table.primary_key) != 1:
            return None
        rows = self._rows(
            sa.select(table.table).where(table.table.columns[table.primary_key[0]] == number)
        )
        return rows[0] if rows else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Writer]:
        """Write in one transaction, which is rolled back if the block raises."""
        self._writing = True
        try:
            with self._errors_reported("cannot write to"), self._engine.begin() as connection:
                yield Writer(connection, self._tables)
        finally:
            self._writing = False

    def compact(self, *, rewritten: bool) -> str | None:
        """Make the database drop replaced values that it still has on disk, where that is possible.

        :return: a sentence about what is left to do for a person, if there is anything.
        """
        backend = self._engine.dialect.name
        if backend != "sqlite":
            if not rewritten:
                return None
            command = "VACUUM FULL" if backend == "postgresql" else "OPTIMIZE TABLE"
            return (
                f"{backend} keeps replaced values on disk until you run {command}, "
                "and in its backups"
            )
        # Neither statement may run in a transaction.
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            free = cursor.execute("PRAGMA freelist_count").fetchone()[0]
            if rewritten or free:
                cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except Exception as error:  # noqa: BLE001 - the driver's own errors
            return f"cannot compact {self.name} ({type(error).__name__}): run VACUUM later"
        finally:
            raw.close()
        return "backups of the database still hold the replaced values" if rewritten else None

    def close(self) -> None:
        """Disconnect."""
        self._engine.dispose()

    def _connect(self, address: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's
        try:
            engine = sa.create_engine(address, future=True, hide_parameters=True)
            if self.path is not None:
                sa.event.listen(engine, "connect", _prepare_sqlite)
                sa.event.listen(engine, "begin", self._begin_sqlite)
            with engine.connect():
                return engine
        except ImportError as error:
            raise CommandError(
                f"cannot connect to {self.name}: the package {error.name} is not installed"
            ) from error
        except sa.exc.SQLAlchemyError as error:
            text = str(getattr(error, "orig", None) or type(error).__name__).strip()
            reason = text.partition("\n")[0]
            if address.password:
                reason = reason.replace(str(address.password), "<password>")
            raise CommandError(f"cannot connect to {self.name}: {reason}") from error

    def _begin_sqlite(self, connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        # A transaction that begins with a read cannot write once another one has written.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if self._writing else "BEGIN")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._errors_reported("cannot read"), self._engine.connect() as connection:
            yield connection

    def _rows(self, query: Any) -> list[Row]:  # noqa: ANN401 - SQLAlchemy's
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    @contextlib.contextmanager
    def _errors_reported(self, what: str) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise CommandError(
                f"{what} {self.name} ({_type_name(error)}): nothing is half done, run it again"
            ) from error


class Writer:
    """One transaction."""

    def __init__(self, connection: Any, tables: Mapping[str, Table]) -> None:  # noqa: ANN401
        self._connection = connection
        self._tables = tables

    def execute(self, statement: Any) -> int:  # noqa: ANN401 - SQLAlchemy's
        """Execute a statement; return how many rows it has changed."""
        return int(self._connection.execute(statement).rowcount)

    def update(self, name: str, row: Row, changes: Mapping[str, Any]) -> bool:
        """Replace values in a row; return whether it was still as it had been read.

        :raise DuplicateValues: if values must be unique and are not.
        :raise RejectedValues: if the database does not accept them for another reason.
        """
        table = self._tables[name]
        same = [*table.primary_key, *changes] if table.primary_key else list(row)
        return self._update(table.table, row, same, changes)

    def update_chunk(self, name: str, row: Row, changes: Mapping[str, Any]) -> bool:
        """Replace the content of a log chunk; return whether it still had the same lines.

        :raise RejectedValues: if the database does not accept it.
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
        """Write `changes` if the columns `same` still have the values of `row`."""
        query = table.update().where(*(table.columns[column] == row[column] for column in same))
        try:
            with self._connection.begin_nested():
                return bool(self._connection.execute(query.values(**changes)).rowcount)
        except sa.exc.IntegrityError as error:
            raise DuplicateValues(table.name) from error
        except (sa.exc.DataError, sa.exc.ProgrammingError, UnicodeError) as error:
            raise RejectedValues(_type_name(error)) from error


def _type_name(error: Exception) -> str:
    """Return the name of the driver's error, if `error` wraps one, or of `error` itself."""
    return type(getattr(error, "orig", None) or error).__name__


def _python_type(column: Any) -> type | None:  # noqa: ANN401 - SQLAlchemy's
    try:
        python_type: type = column.type.python_type
    except NotImplementedError:
        return None
    return python_type


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` begins them
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    for pragma in ("busy_timeout = 60000", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
