"""What waits for approval, as pages and as JSON, and saying yes or no to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from buildbot_keychain.approvals import LONGEST_REASON, OPEN, WAITING, ApprovalRequest, Person
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.web._refusals import NO_SECRETS, Refused, sentence
from buildbot_keychain.web._routes import Action, may
from buildbot_keychain.web.host_secrets import Listed
from buildbot_keychain.web.views._answers import (
    Answer,
    Call,
    ViewsOfHost,
    json_answer,
    see_other,
)
from buildbot_keychain.web.views._seen import seen_by

_RECENT = 20
_MOST = 100
"""Requests on a page: thousands would keep the reactor for seconds."""


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

    async def counted(self, call: Call) -> tuple[int, int]:
        """Return how many requests a person sees that wait, and how many wait for that person."""
        waiting = await self._waiting(call)
        return len(waiting), sum(self._shown(call, each).can_approve for each in waiting)

    async def show(self, call: Call) -> Answer:
        """Return what waits for approval, with forms for those who are asked, and what did."""
        waiting = [self._shown(call, each) for each in await self._waiting(call)]
        waiting.sort(key=lambda shown: not shown.can_approve)
        recent = [self._shown(call, each) for each in await self._recent(call)]
        limits = {"most": _MOST, "longest_reason": LONGEST_REASON}
        return self.page(call, "approvals.html", waiting=waiting, recent=recent, **limits)

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
        waiting, recent = await self._waiting(call), await self._recent(call)
        return json_answer(
            {"waiting": list(map(asdict, waiting)), "recent": list(map(asdict, recent))}
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

    async def _waiting(self, call: Call) -> list[ApprovalRequest]:
        """Return what waits: what the person is asked for, and what else the person may see."""
        asked, seen = await self._seen(call, self._approvals().waiting)
        return [asked.get(each.id, each) for each in seen]

    async def _recent(self, call: Call) -> list[ApprovalRequest]:
        _, seen = await self._seen(call, partial(self._approvals().recent, limit=_RECENT))
        return seen

    async def _seen(
        self, call: Call, ask: Callable[[Person], Any]
    ) -> tuple[dict[str, ApprovalRequest], list[ApprovalRequest]]:
        """Return what a person is asked for, by its id, and all that the person may see.

        :param ask: returns the requests that somebody is asked for.
        """
        asked = {each.id: each for each in await _answer_of(ask(call.person))}
        if not call.sees_all:
            return asked, list(asked.values())
        every = await _answer_of(ask(self._anyone()))
        may_see = self._sees(call)
        return asked, [each for each in every if each.id in asked or may_see(each)]

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


def _purpose(number: str, digest: str) -> tuple[str, str, str]:
    return "decide", number, digest


async def _answer_of(asked: Any) -> Any:  # noqa: ANN401 - whatever the approvals return
    try:
        return await asked
    except ApprovalError as error:
        raise Refused(409, sentence(error.page_message)) from None
