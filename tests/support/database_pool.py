"""`DatabasePool`: a database in memory, used as Buildbot's pool of connections is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool
from twisted.internet.defer import Deferred, maybeDeferred


class DatabasePool:
    """What ``master.db.pool`` does, in the calling thread. There are builds 1 to 20.

    :ivar wait: what each use waits for, if it must wait.
    :ivar uses: how often it was used.
    """

    def __init__(self) -> None:
        self.engine = sa.create_engine("sqlite://", poolclass=StaticPool, future=True)
        self.wait: Deferred[None] | None = None
        self.uses = 0
        self.execute("CREATE TABLE builds (id INTEGER PRIMARY KEY)")
        for buildid in range(1, 21):
            self.execute(f"INSERT INTO builds VALUES ({buildid})")

    def add_builders(self, *names: str) -> None:
        """Have builders, numbered from 1, and their builds; there are none of those any more."""
        self.execute("DROP TABLE builds")
        self.execute("CREATE TABLE builds (id INTEGER, number INTEGER, builderid INTEGER)")
        self.execute("CREATE TABLE builders (id INTEGER, name TEXT)")
        for number, name in enumerate(names, start=1):
            self.execute(f"INSERT INTO builders VALUES ({number}, '{name}')")

    def do(self, work: Callable[[Any], Any]) -> Deferred[Any]:
        """Call `work` with a connection."""
        self.uses += 1
        if self.wait is None:
            return maybeDeferred(self._do, work)
        done: Deferred[Any] = Deferred()
        self.wait.addCallback(lambda _: maybeDeferred(self._do, work).chainDeferred(done))
        return done

    def execute(self, statement: str) -> list[Any]:
        """Run `statement`, and return its rows as tuples."""
        with self.engine.begin() as connection:
            result = connection.execute(sa.text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    def _do(self, work: Callable[[Any], Any]) -> Any:
        with self.engine.connect() as connection:
            return work(connection)
