"""Notifications of PostgreSQL: a connection is told when the journal has a new entry. Blocks.

PostgreSQL sends them when a transaction ends (its manual, "NOTIFY"). They say that something has
changed, and not what: whoever is told reads the journal. The drivers that are known here, psycopg2
and psycopg 3, keep what they are told until they are asked, each in its own way.
"""

from __future__ import annotations

import select
from typing import Any

CHANNEL = "keychain_store"

DRIVERS = frozenset({"psycopg", "psycopg2"})

_PING = "SELECT 1"
"""Whether the server is there: it says nothing for hours."""

LISTEN, NOTIFY = f"LISTEN {CHANNEL}", f"NOTIFY {CHANNEL}"


def wait(connection: Any, wake: Any, seconds: float) -> bool:  # noqa: ANN401 - of the driver; a file
    """Return whether anything was told, within `seconds`.

    :param connection: the driver's, which commits by itself and listens.
    :param wake: something with a descriptor; when that can be read, the wait ends.
    :raise Exception: an error of the driver's, when the connection has broken.
    """
    poll = select.poll()
    for each in (connection, wake):
        poll.register(each, select.POLLIN)
    ready = [descriptor for descriptor, _ in poll.poll(seconds * 1000)]
    is_told = connection.fileno() in ready
    if ready and not is_told:
        return False
    return _told_psycopg2(connection, is_told) if hasattr(connection, "poll") else _told(connection)


def _told_psycopg2(connection: Any, is_told: bool) -> bool:  # noqa: ANN401, FBT001 - of the driver
    if is_told:
        connection.poll()
    else:
        with connection.cursor() as cursor:
            cursor.execute(_PING)
    told = bool(connection.notifies)
    connection.notifies.clear()
    return told


def _told(connection: Any) -> bool:  # noqa: ANN401 - of psycopg 3, which tells during a query
    told: list[object] = []
    connection.add_notify_handler(told.append)
    try:
        connection.execute(_PING)
    finally:
        connection.remove_notify_handler(told.append)
    return bool(told)
