"""Installations to examine, of which a part is configured, by Buildbot's own loader."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig

from buildbot_keychain.inspection import Finding, Loaded
from buildbot_keychain.inspection.doctor._installation import Installation

_TABLES = """
CREATE TABLE masters (id INTEGER, active INTEGER);
INSERT INTO masters VALUES (1, 1), (2, 0);
CREATE TABLE workers (id INTEGER, name TEXT, info TEXT);
CREATE TABLE connected_workers (masterid INTEGER, workerid INTEGER);
"""


def open_directory(test: Any) -> Path:
    """Return a new directory that everybody can enter, which is removed after a test."""
    directory = Path(tempfile.mkdtemp(dir="/tmp")).resolve()
    test.addCleanup(shutil.rmtree, directory)
    directory.chmod(0o755)
    return directory


def installation(basedir: Path, process: int | None = None, **settings: Any) -> Installation:
    """Return the installation in a directory, with Buildbot's defaults but for some settings."""
    config = MasterConfig()
    for name, value in settings.items():
        getattr(config, name)  # it is one of Buildbot's
        setattr(config, name, value)
    file = basedir / "master.cfg"
    return Installation(basedir, file, Loaded(file, basedir, config, [], []), process=process)


def write_workers(
    connection: sqlite3.Connection, infos: Mapping[str, str], connected: Collection[str] = ()
) -> None:
    """Write what masters have seen of workers to a new database.

    :param infos: by the names of the workers, as JSON.
    :param connected: those that are connected to a master that runs; others were to one before.
    """
    connection.executescript(_TABLES)
    for number, (name, info) in enumerate(infos.items()):
        connection.execute("INSERT INTO workers VALUES (?, ?, ?)", (number, name, info))
        master = 1 if name in connected else 2
        connection.execute("INSERT INTO connected_workers VALUES (?, ?)", (master, number))
    connection.commit()


def codes(found: Any) -> list[str]:
    """Return the codes of findings, each of which has a remedy."""
    findings: list[Finding] = list(found)
    assert all(each.remedy for each in findings)
    return [each.kind for each in findings]
