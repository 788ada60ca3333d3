"""A request for approval, and as much of a master as keeps it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock

from buildbot_keychain.approvals import ApprovalRequest, Demand, Revision, Vote
from buildbot_keychain.buildbot.approvals._subjects import Subject
from tests.support.database_pool import DatabasePool

ONE, TWO = (Demand(("managers",)),), (Demand(("managers",), 2),)

NEW = ApprovalRequest(
    id="i",
    provider="files",
    path="prod",
    name="prod",
    builder="deploy",
    build_request=7,
    build=1,
    build_url="http://master/#/builders/1/builds/1",
    revisions=(Revision("", "https://git.example.org/app", "main", "0" * 40, brought=True),),
    scheduler="commits",
    owner="bob",
    reason="",
    excluded=("bob",),
    demands=ONE,
    asked_at=100,
    expires_at=200,
    valid_for=50,
    valid_until=None,
    state="waiting",
    votes=(),
    digest="d",
    outside=False,
)


SUBJECT = Subject(
    build_request=7,
    identity=("deploy", "7", "3", "1000"),
    builder="deploy",
    revisions=(Revision("", "r", "main", "0" * 40),),
    scheduler=None,
    owner="bob",
    reason="",
    excluded=("bob",),
    outside=False,
    build=1,
    build_url=None,
)


def vote(person: str = "rita", at: int = 150, *, approves: bool = True) -> Vote:
    return Vote(person, approves, ("managers",), "fine", at)


class ApprovalsMaster:
    """A master with a database that has the build requests 7 and 8, and a queue of messages."""

    def __init__(self) -> None:
        self.reactor = Clock()
        self.reactor.advance(100)
        self.pool = DatabasePool()
        self.pool.execute("CREATE TABLE buildrequests (id INTEGER PRIMARY KEY, complete INTEGER)")
        self.pool.execute("INSERT INTO buildrequests VALUES (7, 0), (8, 0)")
        self.db = SimpleNamespace(pool=self.pool)
        self.mq = self
        self.data: Any = None
        self.config: Any = None
        self.buildbot_keychain: Any = None
        self.produced: list[tuple[tuple[str, ...], Any]] = []
        self._consumers: list[tuple[Any, tuple[str | None, ...]]] = []

    def produce(self, key: tuple[str, ...], message: Any) -> None:
        self.produced.append((key, message))
        for consume, wanted in self._consumers:
            if all(w in (None, k) for w, k in zip(wanted, key, strict=True)):
                consume(key, message)

    def startConsuming(self, consume: Any, wanted: tuple[str | None, ...]) -> None:
        self._consumers.append((consume, wanted))

    def complete(self, request: int) -> None:
        """End a build request, as Buildbot does."""
        self.pool.execute(f"UPDATE buildrequests SET complete = 1 WHERE id = {request}")
        for consume, wanted in self._consumers:
            if wanted[0] == "buildrequests":
                consume(("buildrequests", str(request), "complete"), {"buildrequestid": request})
