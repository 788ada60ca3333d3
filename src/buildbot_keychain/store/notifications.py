"""Notifications of PostgreSQL: a connection is told when the journal has a new entry. Blocks.

PostgreSQL sends them when a transaction ends (its manual, "NOTIFY"). They say that something has
changed, and not what: whoever is told reads the journal. psycopg2 is the driver that is known here.
"""

from __future__ import annotations

import select
from typing import Any

CHANNEL = "keychain_store"

DRIVER = "psycopg2"

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
    if connection.fileno() in ready:
        connection.poll()
    elif not ready:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # whether the server is there: it says nothing for hours
    told = bool(connection.notifies)
    connection.notifies.clear()
    return told
