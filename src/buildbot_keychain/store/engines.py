"""Engines of SQLAlchemy for what `connections` connects to: a store, or the audit trail. Blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from buildbot_keychain.store import _sqlalchemy as sa
from buildbot_keychain.store.connections import limits, set_limits

LOCK = "keychain_lock"
"""An option of connections to SQLite that begin by locking the database."""

_COMMON = {"future": True, "hide_parameters": True}


def file_engine(
    address: Any,  # noqa: ANN401 - SQLAlchemy's
    connect: Callable[[], sqlite3.Connection],
    **options: Any,  # noqa: ANN401 - the same
) -> Any:  # noqa: ANN401 - the same
    """Return the engine of a file of SQLite, whose transactions SQLAlchemy begins.

    :param address: its URL.
    :param connect: returns a connection that begins none by itself.
    :param options: more of SQLAlchemy's.
    """
    pool = sa.pool.QueuePool
    engine = sa.create_engine(address, poolclass=pool, creator=connect, **_COMMON, **options)
    sa.event.listen(engine, "begin", _begin)
    return engine


def server_engine(address: Any, **options: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's
    """Return the engine of a server, which answers within limits if it is PostgreSQL.

    :param address: its URL.
    :param options: more of SQLAlchemy's.
    """
    engine = sa.create_engine(
        address,
        pool_pre_ping=True,
        connect_args=limits(address.get_driver_name(), address.normalized_query),
        **_COMMON,
        **options,
    )
    if address.get_backend_name() == "postgresql":
        sa.event.listen(engine, "connect", lambda connection, _: set_limits(connection))
    return engine


def _begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    locked = connection.get_execution_options().get(LOCK)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if locked else "BEGIN")
