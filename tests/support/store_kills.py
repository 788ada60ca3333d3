"""A program that is killed at each point of what changes a store, and looks at what is left.

``python -m tests.support.store_kills URL RING SEEN STEP`` prints how often it was killed. Every
change is either there or not, whenever the process dies; nothing else is lost, and all opens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.rekeying import Rekeying
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.rotation import Rotation
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.store import Keep, Store
from buildbot_keychain.store.verification import verify
from tests.support.kills import FILE_CALLS, kill_at_each
from tests.support.store_keys import NOW

POINTS = (
    *FILE_CALLS,
    (sa.engine.Connection, "execute"),
    (sa.engine.default.DefaultDialect, "do_commit"),
)
KEPT = {f"kept {number}": f"value {number}" for number in range(6)}


class Killed:
    """A store, of which one secret is changed."""

    def __init__(self, url: str, ring: str, seen: str) -> None:
        self._url = url
        self._ring_file = RingFile(ring)
        self._seen = SeenHead(seen)

    def use(self, work: Callable[[Store, Rotation], object]) -> None:
        """Do something with the store, which is opened and closed for it."""
        database = Database(self._url)
        try:
            ledger = Ledger(database, self._ring_file, "killed", self._seen)
            work(Store(ledger, Keep(count=1000)), Rotation(ledger, self._ring_file))
        finally:
            database.close()

    def kills(
        self, work: Callable[[Store, Rotation], object], expected: set[str | None], step: int
    ) -> int:
        """Return how often the work was killed until it was done."""

        def check(store: Store, rotation: Rotation) -> None:
            del rotation
            report = verify(store._ledger)
            assert report.problems == (), report.problems
            found = {name: store.get(name) for name in KEPT}
            assert {name: value and value.text for name, value in found.items()} == KEPT
            changed = store.get("changed")
            assert (changed and changed.text) in expected, "it is neither as before nor as after"

        return kill_at_each(POINTS, lambda: self.use(work), lambda: self.use(check), step)


def main(url: str, ring: str, seen: str, step: int) -> None:
    killed = Killed(url, ring, seen)

    def prepare(store: Store, rotation: Rotation) -> None:
        del rotation
        for name, value in KEPT.items():
            store.set(name, value, now=NOW)

    killed.use(prepare)
    works: tuple[tuple[Callable[[Store, Rotation], object], set[str | None]], ...] = (
        (lambda store, _: store.set("changed", "one", now=NOW), {None, "one"}),
        (lambda store, _: store.set("changed", "two", now=NOW), {"one", "two"}),
        (lambda store, _: store.edit("changed", now=NOW, description="x"), {"two"}),
        (lambda _, rotation: rotation.rotate(now=NOW, alive_since=NOW), {"two"}),
        (lambda store, _: Rekeying(store._ledger).rekey_all(since=NOW + 1, now=NOW + 1), {"two"}),
        (lambda store, _: store.rollback("changed", 1, now=NOW), {"two", "one"}),
    )
    total = sum(killed.kills(work, expected, step) for work, expected in works)
    print(total)  # noqa: T201 - its result


if __name__ == "__main__":
    _, url_, ring_, seen_, step_ = sys.argv
    assert Path(ring_).is_absolute()
    assert Path(seen_).is_absolute()
    main(url_, ring_, seen_, int(step_))
