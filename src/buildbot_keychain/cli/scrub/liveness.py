"""Whether a master runs: by what it notes in its database, and by its process.

A running master notes every minute that it is active; Buildbot itself takes one that has not for
ten minutes for gone (``data/masters.py``).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from buildbot_keychain.cli.scrub.database import Database

_GONE_AFTER = 600
"""Seconds."""


def live_by_database(database: Database, now: float | None = None) -> str | None:
    """Name a master that the database says is running, if there is one."""
    now = time.time() if now is None else now
    for table in database.tables():
        if table.name != "masters":
            continue
        for _, rows in database.pages(table, None, 100):
            for row in rows:
                if row["active"] and row["last_active"] > now - _GONE_AFTER:
                    return f"master {row['name']} was active {int(now - row['last_active'])} s ago"
    return None


def live_by_process(directory: Path) -> str | None:
    """Name the process that a ``twistd.pid`` in a basedir says is running, if it is."""
    file = directory / "twistd.pid"
    try:
        number = int(file.read_text(encoding="ascii"))
        os.kill(number, 0)
    except (OSError, ValueError, OverflowError) as error:
        if not isinstance(error, PermissionError):
            return None
        return f"{file} names a process of someone else"
    return f"{file} names process {number}, which runs"
