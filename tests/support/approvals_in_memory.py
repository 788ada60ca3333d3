"""`ApprovalsInMemory`: an `IApprovals` that keeps what a test gives it, and what people say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.approvals import (
    APPROVED,
    REFUSED,
    WAITING,
    ApprovalRequest,
    Demand,
    Person,
    Position,
    Revision,
    Vote,
)
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.interfaces import IApprovals


def request_for(number: str = "1", **changes: Any) -> ApprovalRequest:
    """Return a request of which a role ``release`` is asked."""
    request = ApprovalRequest(
        id=number,
        provider="vault",
        path="prod/db",
        name="prod/db",
        builder="deploy",
        build_request=7,
        build=3,
        build_url=None,
        revisions=(Revision("", "https://git.example.org/app", "main", "f00dcafe", brought=True),),
        scheduler="force",
        owner="olga",
        reason="release 2.1",
        excluded=("olga",),
        demands=(Demand(("release",)),),
        asked_at=1_700_000_000,
        expires_at=1_700_003_600,
        valid_for=900,
        valid_until=None,
        state=WAITING,
        votes=(),
        digest="d1",
        outside=False,
    )
    return replace(request, **changes)


@implementer(IApprovals)
class ApprovalsInMemory:
    """Asks whom the requests ask, once each.

    :ivar requests: by id; a test may replace them.
    :ivar limits: how many were wanted, each time.
    """

    def __init__(self, roles: Mapping[str, frozenset[str]], *requests: ApprovalRequest) -> None:
        self.roles = roles
        self.limits: list[int | None] = []
        self.requests = {request.id: request for request in requests}

    def person_of(self, user: Mapping[str, Any]) -> Person | None:
        name = user.get("username")
        return None if name is None else Person(name, self.roles.get(name, frozenset()))

    @returns_deferred
    async def waiting(
        self, person: Person, behind: Position | None = None, limit: int | None = None
    ) -> list[ApprovalRequest]:
        self.limits.append(limit)
        found = [each for each in self._asked(person) if each.state == WAITING]
        found.sort(key=lambda each: each.position)
        return [each for each in found if behind is None or each.position > behind][:limit]

    @returns_deferred
    async def recent(self, person: Person, limit: int) -> list[ApprovalRequest]:
        return [each for each in self._asked(person) if each.state != WAITING][:limit]

    def approve(
        self,
        id: str,  # noqa: A002 - the interface's
        person: Person,
        reason: str,
        expected: str,
    ) -> Deferred[ApprovalRequest]:
        return self._vote(id, person, reason, expected, approves=True)

    def refuse(
        self,
        id: str,  # noqa: A002 - the interface's
        person: Person,
        reason: str,
        expected: str,
    ) -> Deferred[ApprovalRequest]:
        return self._vote(id, person, reason, expected, approves=False)

    def _asked(self, person: Person) -> list[ApprovalRequest]:
        return [r for r in self.requests.values() if not person.roles.isdisjoint(r.roles)]

    @returns_deferred
    async def _vote(
        self, number: str, person: Person, reason: str, expected: str, *, approves: bool
    ) -> ApprovalRequest:
        request = self.requests.get(number)
        if request is None or request not in self._asked(person):
            raise ApprovalError("you are not asked")
        if request.digest != expected:
            raise ApprovalError("it has changed since you saw it")
        if request.state != WAITING:
            raise ApprovalError("it waits no more")
        vote = Vote(person.name, approves, ("release",), reason, 1_700_000_060)
        state = APPROVED if approves else REFUSED
        self.requests[number] = replace(request, votes=(*request.votes, vote), state=state)
        return self.requests[number]
