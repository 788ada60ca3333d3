"""What happens to approvals: for the audit, for ``twistd.log``, and for Buildbot's reporters."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.logger import Logger

from buildbot_keychain.approvals import (
    APPROVED,
    ENDED,
    EXPIRED,
    REFUSED,
    RELEASED,
    ApprovalRequest,
    Vote,
)
from buildbot_keychain.audit.events import Approval
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import quote

ROUTE = ("keychain", "approvals")
"""What the routing keys of events begin with; the request's id and `ApprovalEvent.what` follow.

Whoever can read Buildbot's web pages can subscribe to events, so they say no more than that.
"""

NEW = "new"
"""A build has asked people."""

VOTE = "vote"
"""Somebody has approved, and others must, too. All other events are states of requests."""

_log = Logger()


@dataclass(frozen=True)
class ApprovalEvent:
    """Something that has happened to a request, and is stored.

    :param what: `NEW`, `VOTE`, or the state that the request has now.
    :param vote: what somebody has said that has led to it.
    """

    what: str
    request: ApprovalRequest
    vote: Vote | None = None


_ACTIONS = {
    NEW: "requested",
    VOTE: "approved",
    APPROVED: "approved",
    REFUSED: "rejected",
    EXPIRED: "expired",
    ENDED: "cancelled",
    RELEASED: "used",
}

EVENTS = tuple(_ACTIONS)
"""What `ApprovalEvent.what` can be."""


def audited(event: ApprovalEvent) -> Approval:
    """Return an event as the audit trail records it; its number is that of the build request."""
    request, vote = event.request, event.vote
    asker = Requester(
        "build",
        builder=request.builder,
        build=request.build,
        outside=request.outside,
        scheduler=request.scheduler,
        owner=request.owner,
    )
    return Approval(
        secret=f"{request.provider}!{request.path}",
        requester=asker,
        action=_ACTIONS[event.what],
        person="" if vote is None else vote.person,
        request=request.build_request,
        reason="" if vote is None else vote.reason,
    )


def log_event(event: ApprovalEvent) -> None:
    """Write an event to the log."""
    request, vote = event.request, event.vote
    by = "" if vote is None else f" by {quote(vote.person)}, who has said {quote(vote.reason)}"
    _log.info(
        "approval of {provider}!{path} for the builder {builder}, build request {build_request}: "
        "{what}{by} (asked: {asked})",
        provider=request.provider,
        path=request.path,
        builder=request.builder,
        build_request=request.build_request,
        what=event.what,
        by=by,
        asked=request.asked,
    )
