"""What people are asked about a secret for a build, and what a build hears that gets none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import fields

from buildbot_keychain.approvals import (
    APPROVED,
    EXPIRED,
    REFUSED,
    RELEASED,
    WAITING,
    ApprovalRequest,
)
from buildbot_keychain.buildbot.approvals._subjects import Subject
from buildbot_keychain.buildbot.state import MOST_APPROVALS
from buildbot_keychain.errors import NotApproved, quote
from buildbot_keychain.policy import Approval, Question, demands_of, may_use

Needed = tuple[Question, tuple[Approval, ...]]
"""What must be approved, and what the policy demands for it."""


def new_request(
    subject: Subject, name: str, needed: Needed, now: float, redact: Callable[[str], str]
) -> ApprovalRequest:
    """Return what people are asked, if they have not been asked before.

    :param name: the name by which the build asks for the secret.
    :param redact: returns a text as it may be shown.
    """
    question, approvals = needed
    facts = {field.name: getattr(subject, field.name) for field in fields(Subject)}
    key = _digest((*facts.pop("identity"), question.provider, question.path))
    return ApprovalRequest(
        **facts,
        id=key[:32],
        provider=question.provider,
        path=redact(question.path),
        name=redact(name),
        demands=demands_of(approvals, subject.excluded),
        asked_at=int(now),
        expires_at=int(now + min(approval.wait for approval in approvals)),
        valid_for=int(min(approval.valid for approval in approvals)),
        valid_until=None,
        state=WAITING,
        votes=(),
        digest=_digest((key, repr((subject.owner, subject.outside)), *subject.excluded)),
    )


def require_hope(request: ApprovalRequest | None, name: str, now: float) -> ApprovalRequest:
    """Return a request that may still be approved, or that the build may use.

    :param request: ``None`` where the build request has made too many.
    :raise NotApproved: for another one.
    """
    if request is None:
        reason = (
            f"people were asked about {MOST_APPROVALS} secrets for the build, and about no more"
        )
        raise NotApproved(name, reason)
    if request.state == WAITING or may_use(request, now):
        return request
    raise NotApproved(name, _why_not(request))


def _why_not(request: ApprovalRequest) -> str:
    if request.state == REFUSED:
        people = " and ".join(quote(vote.person) for vote in request.votes if not vote.approves)
        return f"{people} refused to approve it for this build"
    if request.state == EXPIRED:
        seconds = request.expires_at - request.asked_at
        return f"it was not approved within {seconds} seconds (asked: {request.asked})"
    if request.state in {APPROVED, RELEASED}:
        return (
            f"it was approved, and could be used for {request.valid_for} seconds; "
            "ask for another build"
        )
    return "the build request has ended for which people were asked to approve it"


def _digest(facts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
