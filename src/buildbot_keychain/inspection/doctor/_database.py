"""Reads the database of a master, and writes nothing to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from buildbot_keychain.errors import ConfigurationError

_SECONDS = 5
"""For which a connection, or the lock of a file, is waited for."""

_WORKERS = """
SELECT name, info, (
    SELECT count(*) FROM connected_workers
    JOIN masters ON masters.id = connected_workers.masterid
    WHERE connected_workers.workerid = workers.id AND masters.active = 1
) FROM workers ORDER BY name
"""

_DEFAULT = "sqlite:///state.sqlite"


def database_url(config: Any) -> object:
    """Return the URL of a master's database, which may still be a renderable.

    :param config: Buildbot's ``MasterConfig``; ``None`` if it is not known, for the default.
    """
    if config is None:
        return _DEFAULT
    database = config.db
    return database.get("db_url") if isinstance(database, dict) else database.db_url


def sqlite_file(url: object, basedir: Path) -> Path | None:
    """Return the file of an SQLite database; ``None`` for another database."""
    if not isinstance(url, str):
        return None
    try:
        parsed = make_url(url.replace("%(basedir)s", str(basedir)))
    except sa.exc.ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return None if parsed.database == ":memory:" else Path(basedir, parsed.database)


class SeenWorker(NamedTuple):
    """A worker that has connected.

    :param version: what it said when it did so last; ``None`` if it did not say it.
    :param is_connected: whether it is, to a master that runs.
    """

    version: str | None
    is_connected: bool


def seen_workers(url: str, basedir: Path, *, is_at_rest: bool) -> dict[str, SeenWorker]:
    """Return the workers that have connected, as the masters of the database have seen them.

    :param is_at_rest: whether no master writes to it meanwhile; then a file stays as it is.
    :raise ConfigurationError: if the database cannot be read; the message does not have the URL.
    """
    with _connected(url, basedir, is_at_rest=is_at_rest) as connection:
        rows = list(connection.execute(sa.text(_WORKERS)))
    known = ((str(name), _parsed(info), connected) for name, info, connected in rows)
    return {
        name: SeenWorker(info.get("version"), bool(connected))
        for name, info, connected in known
        if info
    }


def seconds_at(url: str, basedir: Path) -> float | None:
    """Return the time at a server of databases, in seconds since the epoch; ``None`` for a file.

    :raise ConfigurationError: if it does not answer.
    """
    if not url.startswith(("postgresql", "mysql")):
        return None
    is_postgresql = url.startswith("postgresql")
    now = "extract(epoch from clock_timestamp())" if is_postgresql else "unix_timestamp(now(6))"
    with _connected(url, basedir, is_at_rest=False) as connection:
        return float(connection.execute(sa.text(f"SELECT {now}")).scalar_one())


@contextmanager
def _connected(url: str, basedir: Path, *, is_at_rest: bool) -> Iterator[Any]:
    file = sqlite_file(url, basedir)
    options: dict[str, Any] = {"connect_args": {"connect_timeout": _SECONDS}}
    if file is not None:
        # SQLite would make a log to read, and leave it; but what one has is to be read as well.
        has_log = file.with_name(f"{file.name}-wal").exists()
        how = "immutable=1" if is_at_rest and not has_log else "mode=ro"
        url = f"sqlite:///file:{quote(str(file))}?{how}&uri=true"
        options = {"connect_args": {"timeout": _SECONDS}}
    engine = None
    try:
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, **options)
        with engine.connect() as connection:
            yield connection
    except Exception as error:  # noqa: BLE001 - drivers raise what they like, with the URL in it
        raise ConfigurationError(f"the master's database cannot be read ({_kind(error)})") from None
    finally:
        if engine is not None:
            engine.dispose()


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _parsed(info: Any) -> dict[str, Any]:
    try:
        found = json.loads(info) if isinstance(info, (str, bytes)) else info
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
