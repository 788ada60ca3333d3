"""A program that is killed at random moments while it changes stores, and looks at what is left.

``python -m tests.support.random_kills URL DIRECTORY TIMES SEED`` prints what it has done. Unlike
`store_kills`, it dies between any two instructions, those of SQLite included. It says of each
change when it is done: from then on, the change must be there.
"""

from __future__ import annotations

import os
import random
import secrets
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from buildbot_keychain.errors import KeyRingError, StoreError
from buildbot_keychain.store import backups
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.imports import Became, ImportedSecret, Renaming, store_entries
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.store import Keep
from tests.support.store_keys import NOW

KEPT = {f"kept {number}": f"value {number}" for number in range(6)}
LONGEST = 0.03
"""Seconds from the last change that was done to the kill."""

FACTOR = 1.5
"""Of the time that a creation or a restore takes, the longest to the kill."""

Say = Callable[[], object]


def killed(work: Callable[[Say], object], wait_for: int, seconds: float) -> int:
    """Do some work in a process that is killed; return how often it had said that it is done.

    :param wait_for: how often it says so before the seconds count.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            work(lambda: os.write(writer, b"."))
        except BaseException:  # noqa: BLE001 - nothing else would tell of it
            traceback.print_exc()
        os._exit(1)
    os.close(writer)
    done = 0
    while done < wait_for:
        said = len(os.read(reader, 1))
        assert said, "the work failed"
        done += said
    select.select([], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    _, how = os.waitpid(child, 0)
    assert os.WIFSIGNALED(how), "the work failed"
    while said := len(os.read(reader, 1000)):
        done += said
    os.close(reader)
    return done


class Killed:
    """A store that changes until the process is killed."""

    def __init__(self, url: str, directory: Path) -> None:
        self._url = url
        self._ring = directory / "keys" / "ring"
        self._seen = directory / "seen"
        self._set = 0
        self._imported = 0

    def open(self) -> OpenStore:
        keep = Keep(count=3)
        return OpenStore(self._url, self._ring, actor="killed", keep=keep, seen=self._seen)

    def prepare(self) -> None:
        with closing(Database(self._url)) as database:
            create_store(database, RingFile(self._ring), now=NOW, actor="init")
        store = self.open()
        for name, value in (KEPT | {"changed": "0"}).items():
            store.secrets.set(name, value, now=NOW)
        store.close()

    def set(self, say: Say) -> None:
        store = self.open()
        for number in _numbers(self._set):
            store.secrets.set("changed", str(number), now=NOW)
            say()

    def import_all(self, say: Say) -> None:
        store = self.open()
        numbers = _numbers(self._imported)
        found = (ImportedSecret(f"imported {number}", str(number), "there") for number in numbers)
        for outcome in store_entries(store.secrets, found, Renaming(), now=NOW):
            assert outcome.became is Became.NEW
            say()

    def rotate(self, say: Say) -> None:
        store = self.open()
        while not store.rotation.rotate(now=NOW, alive_since=NOW).problems:
            say()

    def rekey(self, say: Say) -> None:
        store = self.open()
        for number in _numbers(secrets.randbelow(1 << 40)):
            now = NOW + number
            assert not store.rekeying.rekey_all(since=now, now=now).problems
            say()

    @property
    def ring_file(self) -> RingFile:
        return RingFile(self._ring)

    def back_up(self, path: Path) -> None:
        with closing(Database(self._url)) as database:
            backups.back_up_database(database, path)

    def check_restored(self, url: str, ring_file: RingFile) -> None:
        """Check that all of it is in another place, too."""
        with closing(OpenStore(url, ring_file.path, actor="x")) as restored:
            assert restored.verify().problems == ()
            with closing(self.open()) as store:
                assert _values(restored) == _values(store)

    def check(self, work: str, done: int) -> None:
        """Check that all changes that were said to be done are there, and at most one more."""
        store = self.open()
        report = store.verify()
        assert report.problems == (), report.problems
        assert store.ledger.seen_problem is None
        found = {name: self._value(store, name) for name in KEPT}
        assert found == KEPT, "something was lost"
        value = int(self._value(store, "changed") or -1)
        expected = self._set + (done if work == "set" else 0)
        assert value - expected in ((0, 1) if work == "set" else (0,)), (value, expected, done)
        self._set = value
        if work == "import_all":
            self._imported += done
            self._imported += self._value(store, f"imported {self._imported + 1}") is not None
        names = [one.name for one in store.secrets.page("imported", 1_000_000)]
        imported = {name: self._value(store, name) for name in names if name[0] == "i"}
        numbers = range(1, self._imported + 1)
        assert imported == {f"imported {number}": str(number) for number in numbers}
        store.close()

    @staticmethod
    def _value(store: OpenStore, name: str) -> str | None:
        found = store.secrets.get(name)
        return None if found is None else found.text


class Created:
    """A store that is created, which may be tried again until it is there."""

    def __init__(self, url: str, directory: Path) -> None:
        self._url = url
        self._ring = directory / "keys" / "ring"

    def create(self, say: Say) -> None:
        say()
        self._create(use_ring=False)
        say()
        signal.pause()

    def check(self, done: int) -> str:
        """Go on with what is there, and return what that was."""
        if (store := self._opened()) is not None:
            found = "store"
        else:
            assert done < 2, "it was said to be there"
            try:
                self._create(use_ring=True)
                found = "ring"
            except KeyRingError:
                self._create(use_ring=False)
                found = "nothing"
            store = self._opened()
        assert store is not None
        assert store.verify().problems == ()
        store.close()
        return found

    def _opened(self) -> OpenStore | None:
        try:
            return OpenStore(self._url, self._ring, actor="x")
        except StoreError:
            return None

    def _create(self, *, use_ring: bool) -> None:
        ring = RingFile(self._ring)
        with closing(Database(self._url)) as database:
            create_store(database, ring, now=NOW, actor="x", use_ring=use_ring)


class Restored:
    """A store that is restored from a backup, which may be tried again until it is there."""

    def __init__(self, store: Killed, url: str, directory: Path) -> None:
        self._store = store
        self._url = url
        self._ring = RingFile(directory / "keys" / "ring")
        self._backup = directory / "backup"
        store.back_up(self._backup)

    def restore(self, say: Say) -> None:
        say()
        self._restore()
        say()
        signal.pause()

    def check(self, done: int) -> str:
        """Go on with what is there, and return what that was."""
        found = "ring" if self._ring.path.exists() else "nothing"
        with closing(Database(self._url)) as database:
            try:
                database.require_empty()
            except StoreError:
                found = "store"
        if found != "store":
            assert done < 2, "it was said to be there"
            self._restore()
        self._store.check_restored(self._url, self._ring)
        return found

    def _restore(self) -> None:
        with closing(Database(self._url)) as database:
            backups.restore(self._backup, database, self._ring, ring_backup=self._store.ring_file)


class SQLite:
    """Files as places for stores."""

    @staticmethod
    def place(name: str, directory: Path) -> str:
        """Return the URL of another place."""
        return f"sqlite:///{directory / name / 'data' / 'secrets.sqlite'}"

    @staticmethod
    def wait() -> None:
        """Wait until what is left of killed processes is done: nothing is."""


class Schemas:
    """Schemas of PostgreSQL as places for stores."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = sa.create_engine(url, future=True, poolclass=sa.pool.NullPool)

    def place(self, name: str, directory: Path) -> str:
        """Return the URL of another place."""
        del directory
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        return f"{self._url}&options=-c%20search_path%3D{name}"

    def wait(self) -> None:
        """Wait for the server's processes of killed clients, which may have been told to commit."""
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() AND backend_type = 'client backend'"
        )
        with self._engine.connect() as connection:
            for _ in range(1000):
                if not connection.exec_driver_sql(others).scalar():
                    return
                connection.rollback()  # the view is of the beginning of the transaction
                select.select([], [], [], 0.01)
        raise AssertionError("a client has not gone")


def main(url: str, directory: Path, times: int, seed: str) -> None:
    chance = random.Random(seed)
    server = SQLite() if url == "sqlite:///" else Schemas(url)

    def place() -> tuple[str, Path]:
        name = f"n{secrets.token_hex(6)}"
        for path in (directory / name, directory / name / "data", directory / name / "keys"):
            path.mkdir(mode=0o700)
        return server.place(name, directory), directory / name

    def kill(work: Callable[[Say], object], wait_for: int, longest: float = LONGEST) -> int:
        done = killed(work, wait_for, chance.uniform(0, longest))
        server.wait()
        return done

    store = Killed(*place())
    store.prepare()
    done = dict.fromkeys(("set", "import_all", "rotate", "rekey"), 0)
    for work in done:
        for _ in range(times):
            count = kill(getattr(store, work), chance.randrange(3))
            store.check(work, count)
            done[work] += count
    left = {"nothing": 0, "ring": 0, "store": 0}
    longest = _longest(lambda: Created(*place()).check(0))
    for _ in range(times):
        created = Created(*place())
        left[created.check(kill(created.create, 1, longest))] += 1
    restored = {"nothing": 0, "ring": 0, "store": 0}
    longest = _longest(lambda: Restored(store, *place()).check(0))
    for _ in range(times):
        copy = Restored(store, *place())
        restored[copy.check(kill(copy.restore, 1, longest))] += 1
    print(  # noqa: T201 - its result
        f"changes that were done: {done}; left of a creation: {left}, of a restore: {restored}"
    )


def _longest(work: Callable[[], object]) -> float:
    """Do some work, and return the longest time to a kill of it, in seconds."""
    begin = time.monotonic()
    work()
    return FACTOR * (time.monotonic() - begin)


def _values(store: OpenStore) -> dict[str, bytes]:
    found = {name: store.secrets.get(name) for name in store.secrets.names()}
    return {name: value.content for name, value in found.items() if value is not None}


def _numbers(after: int) -> Iterator[int]:
    while True:
        after += 1
        yield after


if __name__ == "__main__":
    _, url_, directory_, times_, seed_ = sys.argv
    main(url_, Path(directory_).absolute(), int(times_), seed_)
