"""What waits for approval, as pages and as JSON, and saying yes or no to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from buildbot_keychain.approvals import (
    LONGEST_REASON,
    OPEN,
    WAITING,
    ApprovalRequest,
    Person,
    Position,
)
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.web._permissions import Action, may
from buildbot_keychain.web._refusals import NO_SECRETS, Refused, sentence
from buildbot_keychain.web.host_secrets import Listed
from buildbot_keychain.web.views._answers import (
    Answer,
    Call,
    ViewsOfHost,
    json_answer,
    see_other,
)
from buildbot_keychain.web.views._seen import seen_by, switch_in

_RECENT = 20
_MOST = 100
"""Requests on a page, and in an answer: thousands would keep the reactor for seconds."""

_READ = _MOST + 1
"""Requests that are read, to know whether there are more."""

_AFTER = re.compile(r"([0-9]{1,18})-([0-9A-Za-z]{1,64})", re.ASCII)


class Counted(NamedTuple):
    """How many requests wait.

    :param seen: those that a person sees.
    :param mine: those of them that wait for the person.
    :param has_more: whether there are more than `mine`, or `seen` if that is 0.
    """

    seen: int
    mine: int
    has_more: bool


class Waiting(NamedTuple):
    """Some of what waits, the oldest first.

    :param after: what the address says for the next; empty if these are the last.
    """

    requests: list[ApprovalRequest]
    after: str


@dataclass(frozen=True)
class Shown:
    """A request for approval, as a visitor sees it.

    :param token: of the form; empty for those who may say nothing.
    :param can_approve: whether the form is to approve as well, not to refuse alone.
    """

    request: ApprovalRequest
    token: str = field(default="", repr=False)
    can_approve: bool = False


class ApprovalViews(ViewsOfHost):
    """The approvals of a host."""

    # Pages

    async def counted(self, call: Call) -> Counted:
        """Return how many requests wait."""
        asked = await self._asked(call, None)
        mine, seen = _first(asked), _first(await self._seen(call, None, asked))
        of_person = sum(self._shown(call, each).can_approve for each in mine.requests)
        more = (mine if of_person else seen).after
        return Counted(len(seen.requests), of_person, has_more=bool(more))

    async def show(self, call: Call) -> Answer:
        """Return what waits for approval, with forms for those who are asked, and what did."""
        mine = switch_in(call, "mine")
        found = await self._waiting(call, _after(call), mine=mine)
        waiting = [self._shown(call, each) for each in found.requests]
        waiting.sort(key=lambda shown: not shown.can_approve)
        recent = [self._shown(call, each) for each in await self._recent(call)]
        return self.page(
            call,
            "approvals.html",
            waiting=waiting,
            recent=recent,
            query={name: call.query.get(name, "") for name in call.route.query},
            after=found.after,
            longest_reason=LONGEST_REASON,
        )

    async def decide(self, call: Call) -> Answer:
        """Approve or refuse what the person saw, and lead back to the page."""
        form = call.fields
        purpose = _purpose(form["id"], form["digest"])
        self.tokens.check(form["token"], call.session, *purpose)
        if form["decision"] not in {"approve", "refuse"}:
            raise Refused(400, "The decision must be to approve or to refuse.")
        await self._decide(call, form["id"], form, approves=form["decision"] == "approve")
        return see_other("approvals#recent")

    # JSON

    async def list_all(self, call: Call) -> Answer:
        """Return what waits for approval, and what did."""
        waiting, recent = await self._waiting(call, _after(call)), await self._recent(call)
        return json_answer(
            {
                "waiting": map(asdict, waiting.requests),
                "after": waiting.after or None,
                "recent": map(asdict, recent),
            }
        )

    async def approve(self, call: Call) -> Answer:
        """Approve what the program has seen."""
        return await self._decide_by_program(call, approves=True)

    async def refuse(self, call: Call) -> Answer:
        """Refuse what the program has seen."""
        return await self._decide_by_program(call, approves=False)

    async def _decide_by_program(self, call: Call, *, approves: bool) -> Answer:
        decided = await self._decide(call, call.parameters[0], call.fields, approves=approves)
        return json_answer(asdict(decided))

    # What is behind them

    async def _decide(
        self, call: Call, number: str, sent: Mapping[str, str], *, approves: bool
    ) -> ApprovalRequest:
        reason = sent["reason"].strip()
        # A page that gets two clicks at one place out of somebody gets no text out of them.
        if not reason:
            raise Refused(400, "Write a reason.")
        if len(reason) > LONGEST_REASON:
            raise Refused(400, f"The reason has more than {LONGEST_REASON} characters.")
        approvals = self._approvals()
        do = approvals.approve if approves else approvals.refuse
        return await _answer_of(do(number, call.person, reason, sent["digest"]))  # type: ignore[no-any-return]

    async def _waiting(self, call: Call, behind: Position | None, *, mine: bool = False) -> Waiting:
        """Return what waits: what the person is asked for, and what else the person may see.

        :param behind: where it begins; ``None`` for the oldest.
        :param mine: whether only what the person is asked for is wanted.
        """
        asked = await self._asked(call, behind)
        return _first(asked if mine else await self._seen(call, behind, asked))

    async def _asked(self, call: Call, behind: Position | None) -> list[ApprovalRequest]:
        """Return what the person is asked for, the oldest first."""
        asking = self._approvals().waiting(call.person, behind, _READ)
        return await _answer_of(asking)  # type: ignore[no-any-return]

    async def _seen(
        self, call: Call, behind: Position | None, asked: Sequence[ApprovalRequest]
    ) -> list[ApprovalRequest]:
        """Return what the person is asked for, and behind it what else the person may see."""
        if not call.sees_all:
            return list(asked)
        others: list[ApprovalRequest] = []
        known, may_see = {each.id for each in asked}, self._sees(call)
        while len(others) < _READ:
            every = await _answer_of(self._approvals().waiting(self._anyone(), behind, _READ))
            others += [each for each in every if each.id not in known and may_see(each)]
            if len(every) < _READ:
                break
            behind = every[-1].position
        return [*asked, *others]

    async def _recent(self, call: Call) -> list[ApprovalRequest]:
        """Return what waits no more, of what the person was asked for or may see."""
        recent = self._approvals().recent
        asked = {each.id: each for each in await _answer_of(recent(call.person, _RECENT))}
        if not call.sees_all:
            return list(asked.values())
        every, may_see = await _answer_of(recent(self._anyone(), _RECENT)), self._sees(call)
        return [each for each in every if each.id in asked or may_see(each)]

    def _sees(self, call: Call) -> Callable[[ApprovalRequest], bool]:
        """Return a function of whether somebody who may look may see a request.

        Viewers see those of secrets of which they may know. A token with the scope lists all.
        """
        assert call.visitor is not None  # noqa: S101 - `_resource` has seen to it
        if call.is_admin or call.visitor.scopes is not None:
            return lambda _request: True
        is_seen = seen_by(self.host, call)
        return lambda each: is_seen(Listed(each.provider, each.path))

    def _anyone(self) -> Person:
        """Return nobody in particular, who is asked for everything; only to look."""
        return Person("", self.host.approver_roles)

    def _shown(self, call: Call, request: ApprovalRequest) -> Shown:
        """Return a request with what the visitor may say about it."""
        asked = not call.person.roles.isdisjoint(request.roles)
        # What was approved can be refused until the build has had it, and by people whose approval
        # does not count, too.
        if not (asked and may(call.roles, Action.DECIDE) and request.state in OPEN):
            return Shown(request)
        token = self.tokens.make(call.session, *_purpose(request.id, request.digest))
        return Shown(request, token, request.state == WAITING and not request.obstacle)

    def _approvals(self) -> Any:  # noqa: ANN401 - an IApprovals
        approvals = self.host.approvals
        if approvals is None:
            raise Refused(503, NO_SECRETS)
        return approvals


def _after(call: Call) -> Position | None:
    """Return where the address says that the list begins."""
    text = call.query.get("after", "")
    found = _AFTER.fullmatch(text)
    if text and found is None:
        raise Refused(400, "What the address says as after must be what a page before has said.")
    return None if found is None else (int(found[1]), found[2])


def _first(found: Sequence[ApprovalRequest]) -> Waiting:
    """Return as many requests as an answer has, the oldest first."""
    requests = sorted(found, key=lambda each: each.position)
    after = "{}-{}".format(*requests[_MOST - 1].position) if len(requests) > _MOST else ""
    return Waiting(requests[:_MOST], after)


def _purpose(number: str, digest: str) -> tuple[str, str, str]:
    return "decide", number, digest


async def _answer_of(asked: Any) -> Any:  # noqa: ANN401 - whatever the approvals return
    try:
        return await asked
    except ApprovalError as error:
        raise Refused(409, sentence(error.page_message)) from None
