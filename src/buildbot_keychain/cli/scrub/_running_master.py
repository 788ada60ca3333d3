"""Signs of a running master: what it notes in its database, and its process.

A running master notes every minute that it is active. Buildbot itself considers one gone that has
not done so for ten minutes (``data/masters.py``).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from buildbot_keychain.cli._database import Database

_GONE_AFTER = 600
"""Seconds."""


def in_database(database: Database, now: float | None = None) -> str | None:
    """Return a sentence about a master that is running according to the database, if there is one.

    :param now: seconds since the epoch; by default, the current time.
    """
    now = time.time() if now is None else now
    for table in database.tables():
        if table.name != "masters":
            continue
        for _, rows in database.pages(table, None, 100):
            for row in rows:
                if row["active"] and row["last_active"] > now - _GONE_AFTER:
                    return f"master {row['name']} was active {int(now - row['last_active'])} s ago"
    return None


def in_directory(directory: Path) -> str | None:
    """Return a sentence about the process in the ``twistd.pid`` of a basedir, if it is running."""
    file = directory / "twistd.pid"
    try:
        number = int(file.read_text(encoding="ascii"))
        os.kill(number, 0)
    except PermissionError:
        return f"{file} names a process of another user"
    except (OSError, ValueError, OverflowError):
        return None
    return f"{file} names process {number}, which is running"
