"""A program that is killed at each point of a backup and of a restore, and looks at what is left.

``python -m tests.support.backup_kills URL RING DIRECTORY NEW_URL STEP`` prints how often it was
killed. DIRECTORY is new; NEW_URL is of a database without a store.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store import backups
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.store import Store
from buildbot_keychain.store.verification import verify
from tests.support.kills import kill_at_each
from tests.support.store_keys import NOW
from tests.support.store_kills import POINTS

VALUES = {f"secret {number}": f"value {number}" for number in range(3)}


class Killed:
    """A store, its two backups, and where they are restored to."""

    def __init__(self, url: str, ring: str, directory: Path, new_url: str) -> None:
        for path in (directory, directory / "keys", directory / "new-keys"):
            path.mkdir(mode=0o700)
        self._url, self._new_url = url, new_url
        self._backup = directory / "database"
        self._ring, self._ring_backup = RingFile(ring), RingFile(directory / "keys" / "ring")
        self._new_ring = RingFile(directory / "new-keys" / "ring")
        with contextlib.closing(Database(url)) as database:
            for name, value in VALUES.items():
                Store(Ledger(database, self._ring, "killed")).set(name, value, now=NOW)

    def back_up(self) -> None:
        with contextlib.closing(Database(self._url)) as database:
            if not self._backup.exists():
                backups.back_up_database(database, self._backup)
            self._ring.copy_to(self._ring_backup.path)

    def require_whole_or_missing(self) -> None:
        if self._backup.exists():
            assert not backups.verify_backup(self._backup, self._ring).problems
        if self._ring_backup.path.exists():
            assert self._ring_backup.read() == self._ring.read()

    def restore(self) -> None:
        with contextlib.closing(Database(self._new_url)) as database:
            if not _has_store(database):
                backups.restore(
                    self._backup,
                    database,
                    self._new_ring,
                    ring_backup=self._ring_backup,
                    beside_database=True,
                )

    def require_all_or_nothing(self) -> bool:
        with contextlib.closing(Database(self._new_url)) as database:
            if not _has_store(database):
                return False
            ledger = Ledger(database, self._new_ring, "checked")
            assert not verify(ledger).problems
            found = {name: Store(ledger).get(name) for name in VALUES}
            assert {name: value and value.text for name, value in found.items()} == VALUES
        return True


def main(url: str, ring: str, directory: Path, new_url: str, step: int) -> None:
    killed = Killed(url, ring, directory, new_url)
    kills = kill_at_each(POINTS, killed.back_up, killed.require_whole_or_missing, step)
    kills += kill_at_each(POINTS, killed.restore, killed.require_all_or_nothing, step)
    assert killed.require_all_or_nothing()
    print(kills)  # noqa: T201 - its result


def _has_store(database: Database) -> bool:
    try:
        database.require_empty()
    except StoreError:
        return True
    return False


if __name__ == "__main__":
    _, url_, ring_, directory_, new_url_, step_ = sys.argv
    main(url_, ring_, Path(directory_), new_url_, int(step_))
