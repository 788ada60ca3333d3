"""What becomes of an `ApprovalRequest`: when time passes, somebody votes, or its build asks. Pure.

::

    waiting ──► approved ──► released          refused: by one person, until it is released
                                               expired: nobody decided in time
                                               ended:   the build request has ended

A request is released when its build asks for what was approved. Then nobody can refuse any more.
If the policy demands something else by the time that a build asks, what people have said is judged
by that, and the request may wait again. If somebody is known by then who does not count, and was
not before, or that the code may come from outside, people must approve anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from buildbot_keychain.approvals import (
    APPROVED,
    ENDED,
    EXPIRED,
    OPEN,
    REFUSED,
    RELEASED,
    WAITING,
    ApprovalRequest,
    Demand,
    Vote,
    person_key,
)
from buildbot_keychain.policy._votes import is_approved


def after_time(request: ApprovalRequest, now: float, *, has_ended: bool) -> ApprovalRequest:
    """Return `request` as it is by now.

    :param has_ended: whether its build request has ended.
    """
    if request.state in OPEN and has_ended:
        return replace(request, state=ENDED)
    if request.state == WAITING and now >= request.expires_at:
        return replace(request, state=EXPIRED)
    return request


def after_vote(request: ApprovalRequest, vote: Vote) -> ApprovalRequest:
    """Return `request`, which is open, after a vote, which replaces an earlier one of the person.

    Where enough people have approved, another approval changes nothing.
    """
    if request.state == APPROVED and vote.approves:
        return request
    key = person_key(vote.person)
    votes = (*(each for each in request.votes if person_key(each.person) != key), vote)
    request = replace(request, votes=votes)
    return _judged(request) if vote.approves else replace(request, state=REFUSED)


_TRUST = (True, None, False)
"""The marks of code from outside, of unknown origin, and from inside."""


def is_news(request: ApprovalRequest, new: ApprovalRequest) -> bool:
    """Return whether, by what its build asks now, people have seen less than they must.

    Somebody else does not count, or the code may come from outside.
    """
    trusts_less = _TRUST.index(new.outside) < _TRUST.index(request.outside)
    others = not set(new.excluded) <= set(request.excluded)
    return request.state in OPEN and (others or trusts_less)


def after_news(request: ApprovalRequest, new: ApprovalRequest) -> ApprovalRequest:
    """Return `request`, which nobody has approved any more if there is news in `new`."""
    if not is_news(request, new):
        return request
    return replace(
        request,
        state=WAITING,
        votes=(),
        valid_until=None,
        excluded=tuple(sorted({*request.excluded, *new.excluded})),
        outside=min(request.outside, new.outside, key=_TRUST.index),
        digest=new.digest,
    )


def after_asking(
    request: ApprovalRequest, demands: Sequence[Demand], valid_for: float, now: float
) -> ApprovalRequest:
    """Return `request` after its build has asked, and was given what `may_use` says.

    :param demands: who must approve, by the policy that is in force.
    """
    if request.state in {*OPEN, RELEASED}:
        was_released = request.state == RELEASED
        request = replace(request, demands=tuple(demands), valid_for=int(valid_for))
        request = after_time(_judged(request), now, has_ended=False)
        if request.state == APPROVED and (was_released or _is_valid(request, now)):
            return replace(request, state=RELEASED)
    return request


def may_use(request: ApprovalRequest, now: float) -> bool:
    """Return whether the build may have the secret."""
    return request.state == RELEASED and _is_valid(request, now)


def _is_valid(request: ApprovalRequest, now: float) -> bool:
    return request.valid_until is not None and now < request.valid_until


def _judged(request: ApprovalRequest) -> ApprovalRequest:
    """Return `request`, approved or waiting, by what people have said."""
    if not is_approved(request.demands, request.votes):
        return replace(request, state=WAITING, valid_until=None)
    until = max(vote.at for vote in request.votes) + request.valid_for
    return replace(request, state=APPROVED, valid_until=until)
