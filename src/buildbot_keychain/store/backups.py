"""Backups of a store: its database in one file, its keys in another one elsewhere. Blocks.

**The database's backup** is a file of SQLite with the store's own tables, whichever database it is
of: one moment of it, taken while others write. It is restored to SQLite or PostgreSQL. It holds
what the database holds: values are sealed, and the journal tells whether anything was changed.

**The keys' backup** is a copy of the ring, by `RingFile.copy_to`. It is made after that of the
database, since a key is in the ring before the database needs it: so the two together always open.

Files are written whole or not at all, whenever the process dies; nothing is ever replaced.
`restore` proves first that the two open together.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from buildbot_keychain.errors import StoreConflict, StoreError
from buildbot_keychain.store.connections import BESIDE, make_single_file
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.private_files import open_private, sync
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.verification import Report, verify

_SHOWN = 10
"""Problems that a message has."""


def back_up_database(database: Database, path: str | Path) -> None:
    """Write one moment of a database to a new file.

    :param path: the file, in a directory that nobody else can use.
    :raise StoreConflict: when there is such a file.
    :raise StoreError: when the database cannot be read, or the file written; there is none then.
    """
    path = Path(path).absolute()
    temporary = path.with_name(f".{path.name}.new")
    with open_private(path.parent) as directory, directory.locked(), _written(path):
        if os.path.lexists(path):
            msg = f"there is a file {path} already; it is not replaced"
            raise StoreConflict(msg)
        _remove(temporary)  # of a process that was killed
        try:
            with contextlib.closing(_file(temporary)) as copy, database.reading() as rows:
                copy.fill(rows)
            make_single_file(temporary)
            os.link(temporary, path)
        finally:
            _remove(temporary)
        sync(path.parent)


def verify_backup(path: str | Path, ring_file: RingFile) -> Report:
    """Open all that is in the backup of a database with a ring, such as the backup of that.

    :raise StoreError: when the two do not belong together, or the backup cannot be read.
    """
    with contextlib.closing(_file(path, read_only=True)) as backup:
        return verify(Ledger(backup, ring_file, "verify"))


def restore(
    path: str | Path,
    database: Database,
    ring_file: RingFile,
    *,
    ring_backup: RingFile | None = None,
    beside_database: bool = False,
    accept_damage: bool = False,
) -> Report:
    """Restore a store from the backup of its database, into a database that has none.

    It can be interrupted at any time, and repeated: there is either no store, or all of it. Whoever
    saw a later state of the store refuses it until the roll-back is accepted.

    :param path: the backup of the database.
    :param ring_file: the ring of the store.
    :param ring_backup: the backup of the ring, which is restored first; by default the ring is
        there.
    :param beside_database: whether the ring may stand beside the database.
    :param accept_damage: whether a backup is restored of which something does not open.
    :return: what was proved of the backup.
    :raise StoreConflict: when there is a store in the database.
    :raise StoreError: when the backup does not open, or something cannot be written.
    """
    if database.path is not None and not beside_database:
        ring_file.require_apart_from(database.path)
    database.require_empty()
    report = verify_backup(path, ring_backup or ring_file)
    if report.problems and not accept_damage:
        more = len(report.problems) - _SHOWN
        shown = "; ".join(report.problems[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        msg = f"nothing was restored from {path}, as something in it does not open: {shown}"
        raise StoreError(msg)
    if ring_backup is not None:
        ring_backup.copy_to(ring_file.path)
    with contextlib.closing(_file(path, read_only=True)) as backup, backup.reading() as rows:
        database.fill(rows)
    return report


def _file(path: str | Path, *, read_only: bool = False) -> Database:
    path = Path(path).absolute()
    if "?" in str(path):
        msg = f"the name of a backup must not have a question mark: {path}"
        raise StoreError(msg)
    return Database(f"sqlite:///{path}", read_only=read_only)


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    """Turn errors of writing a file into ours."""
    try:
        yield
    except FileExistsError as error:
        msg = f"there is a file {path} already; it is not replaced"
        raise StoreConflict(msg) from error
    except (OSError, sqlite3.Error) as error:
        msg = f"cannot write {path}: {getattr(error, 'strerror', None) or error}"
        raise StoreError(msg) from error


def _remove(path: Path) -> None:
    for ending in BESIDE:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}{ending}")  # noqa: PTH108 - the tests of kills count it
