"""`Approvals`: what people see of the requests, and what they may say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from zope.interface import implementer

from buildbot_keychain.approvals import (
    APPROVED,
    EXPIRED,
    LONGEST_REASON,
    OPEN,
    REFUSED,
    RELEASED,
    WAITING,
    ApprovalRequest,
    Person,
    Position,
    Vote,
    person_key,
)
from buildbot_keychain.buildbot.approvals._records import Records
from buildbot_keychain.buildbot.builds import person_of
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.interfaces import IApprovals
from buildbot_keychain.policy import asked_roles, is_excluded

_UNKNOWN = "there is no such request, or none of your roles is asked"

_OVER = {
    REFUSED: "it has been refused",
    EXPIRED: "nobody has decided in time, so the build has failed, or will",
    RELEASED: "it has been approved, and the build has been given the secret",
}
_ENDED = "the build request has ended"

_AT_ONCE = 100
"""Requests that are read at once."""


@implementer(IApprovals)
class Approvals:
    """The requests of one master, for people.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any, records: Records) -> None:
        self._master = master
        self._records = records

    def person_of(self, user: Mapping[str, Any]) -> Person | None:
        """Return a user of the web pages; ``None`` for somebody who is not logged in."""
        name = person_of(user, self._master.www.auth)
        if name is None:
            return None
        roles = self._master.www.authz.getRolesFromUser(user)
        email, full_name = (
            value if isinstance(value := user.get(key), str) else None
            for key in ("email", "full_name")
        )
        return Person(name, frozenset(roles), email, full_name)

    @returns_deferred
    async def waiting(
        self, person: Person, behind: Position | None = None, limit: int | None = None
    ) -> list[ApprovalRequest]:
        """Return the requests that wait for a role of `person`, the oldest first."""
        found: list[ApprovalRequest] = []
        while limit is None or len(found) < limit:
            requests, behind = await self._records.waiting(person.roles, behind, _AT_ONCE)
            found += _seen_by(person, requests)
            if behind is None:
                break
        return found[:limit]

    @returns_deferred
    async def recent(self, person: Person, limit: int) -> list[ApprovalRequest]:
        """Return those of the latest `limit` that asked a role of `person` and wait no more."""
        return _seen_by(person, await self._records.decided(limit))

    @returns_deferred
    async def approve(
        self,
        id: str,  # noqa: A002 - as the interface has it
        person: Person,
        reason: str,
        expected: str,
    ) -> ApprovalRequest:
        """Approve as `person`."""
        return await self._vote(id, person, reason, expected, approves=True)

    @returns_deferred
    async def refuse(
        self,
        id: str,  # noqa: A002 - as the interface has it
        person: Person,
        reason: str,
        expected: str,
    ) -> ApprovalRequest:
        """Refuse as `person`."""
        return await self._vote(id, person, reason, expected, approves=False)

    async def _vote(
        self, approval: str, person: Person, reason: str, expected: str, *, approves: bool
    ) -> ApprovalRequest:
        request = await self._records.read(approval)
        if request is None or not asked_roles(person, request.demands):
            raise ApprovalError(_UNKNOWN)
        _require_vote(request, person, expected, approves=approves)
        roles = asked_roles(person, request.demands)
        now = int(self._records.now())
        vote = Vote(person.name, approves, roles, _shortened(reason), now)
        after = await self._records.vote(approval, vote, expected)
        if after is None:
            raise ApprovalError(_UNKNOWN)
        if vote not in after.votes:
            # Somebody has been faster.
            _require_vote(after, person, expected, approves=approves)
        return _for_person(after, person)


def _require_vote(
    request: ApprovalRequest, person: Person, expected: str, *, approves: bool
) -> None:
    """Raise an error if `person` cannot say that now."""
    problem = ""
    if request.state not in OPEN:
        problem = _OVER.get(request.state, _ENDED)
    elif request.digest != expected:
        problem = "what would be approved is no longer what you have seen: look at it again"
    elif approves:
        problem = _obstacle(request, person)
    if problem:
        raise ApprovalError(problem)


def _obstacle(request: ApprovalRequest, person: Person) -> str:
    """Return why `person` cannot approve; an empty text if that is possible."""
    if request.state == APPROVED:
        return "enough people have approved"
    if request.state != WAITING:
        return _OVER.get(request.state, _ENDED)
    if is_excluded(person, request.excluded):
        return "you have asked for this build or written what it builds: somebody else must approve"
    key = person_key(person.name)
    if any(vote.approves and person_key(vote.person) == key for vote in request.votes):
        return "you have approved, and more people must"
    return ""


def _seen_by(person: Person, requests: Iterable[ApprovalRequest]) -> list[ApprovalRequest]:
    return [_for_person(r, person) for r in requests if asked_roles(person, r.demands)]


def _for_person(request: ApprovalRequest, person: Person) -> ApprovalRequest:
    return replace(request, obstacle=_obstacle(request, person))


def _shortened(reason: str) -> str:
    shown = "".join(one for one in reason if one.isprintable() or one == "\n")
    return shown[:LONGEST_REASON].strip()
