"""A database of a master, as far as it says who asked for which secret."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from buildbot_keychain.uses import Use, key_of

_TABLES = """
CREATE TABLE builders (id INTEGER, name TEXT);
CREATE TABLE builds (id INTEGER, number INTEGER, builderid INTEGER, started_at INTEGER);
CREATE TABLE logs (id INTEGER); CREATE TABLE logchunks (logid INTEGER);
CREATE TABLE masters (id INTEGER); CREATE TABLE steps (id INTEGER);
CREATE TABLE keychain_uses
    (id TEXT PRIMARY KEY, content TEXT, first_at INTEGER, last_at INTEGER, times INTEGER);
CREATE TABLE keychain_decisions (buildid INTEGER, use_id TEXT, decided_at INTEGER);
"""


def write(
    path: Path,
    uses: Iterable[tuple[Use, int]],
    builds: Iterable[tuple[int, str, int, Use]] = (),
    *,
    last_at: int = 1_000,
) -> None:
    """Write a database.

    :param uses: what somebody asked for, and how often.
    :param builds: the id, builder and number of builds, each with what it asked for.
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_TABLES)
        for use, times in uses:
            row = (key_of(use.stored()), use.stored(), 1_000, last_at, times)
            database.execute("INSERT INTO keychain_uses VALUES (?, ?, ?, ?, ?)", row)
        for buildid, builder, number, use in builds:
            database.execute("INSERT INTO builders VALUES (?, ?)", (buildid, builder))
            database.execute(
                "INSERT INTO builds VALUES (?, ?, ?, 1000)", (buildid, number, buildid)
            )
            decision = (buildid, key_of(use.stored()), 1_000)
            database.execute("INSERT INTO keychain_decisions VALUES (?, ?, ?)", decision)
