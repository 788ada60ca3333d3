"""What the routes answer, each under the name that it has in `ROUTES`.

Nothing is checked here that `_resource` has checked: who it is, the role, and how it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from twisted.web.iweb import IRequest

from buildbot_keychain.approvals import LONGEST_REASON, OPEN, WAITING, ApprovalRequest, Person
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.web._bodies import read_form, read_json
from buildbot_keychain.web._form_tokens import FormTokens
from buildbot_keychain.web._refusals import Refused, sentence
from buildbot_keychain.web._routes import Action, Role, Route, may
from buildbot_keychain.web._templates import render
from buildbot_keychain.web.host import Visitor

_STATIC = Path(__file__).parent / "static"
_HTML = "text/html; charset=utf-8"
_CSS = "text/css; charset=utf-8"
_RECENT = 20
_MOST = 100
"""Requests on a page: thousands would keep the reactor for seconds."""


@dataclass(frozen=True)
class Answer:
    """A response."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request that has passed all checks of its route."""

    request: IRequest
    route: Route
    parameters: list[str]
    visitor: Visitor | None
    roles: frozenset[Role]

    @property
    def person(self) -> Person:
        """Who makes it; the route must have an action."""
        assert self.visitor is not None  # noqa: S101 - `_resource` has seen to it
        return self.visitor.person


@dataclass(frozen=True)
class Shown:
    """A request for approval, as a visitor sees it.

    :param token: of the form; empty for those who may say nothing.
    :param can_approve: whether the form is to approve as well, not to refuse alone.
    """

    request: ApprovalRequest
    token: str = field(default="", repr=False)
    can_approve: bool = False


class Views:
    """The views of the page of one host."""

    def __init__(self, host: Any) -> None:  # noqa: ANN401 - an IPageHost
        self._host = host
        self._tokens = FormTokens(host.form_key, host.now)

    # Files

    async def styles(self, _call: Call) -> Answer:
        """Return the style of masked fields in the host's own pages, to everybody."""
        return Answer((_STATIC / "mask.css").read_bytes(), _CSS)

    async def page_style(self, _call: Call) -> Answer:
        """Return the style of our pages."""
        return Answer((_STATIC / "page.css").read_bytes(), _CSS)

    async def theme(self, _call: Call) -> Answer:
        """Return the administrator's colours."""
        return Answer(self._host.theme.encode(), _CSS)

    async def scripts(self, call: Call) -> Answer:
        """Return what masks fields and, to those who may open the page, adds its menu entry."""
        names = ["mask.js", "menu.js"] if may(call.roles, Action.OPEN) else ["mask.js"]
        script = b"".join((_STATIC / name).read_bytes() for name in names)
        return Answer(script, "text/javascript; charset=utf-8")

    # Pages

    async def overview(self, call: Call) -> Answer:
        """Return the page that the menu leads to."""
        waiting = await self._waiting(call)
        mine = [each for each in waiting if self._shown(call, each).can_approve]
        return self._page(call, "overview.html", waiting=waiting, mine=mine)

    async def approvals(self, call: Call) -> Answer:
        """Return what waits for approval, with forms for those who are asked, and what did."""
        waiting = [self._shown(call, each) for each in await self._waiting(call)]
        waiting.sort(key=lambda shown: not shown.can_approve)
        recent = [self._shown(call, each) for each in await self._recent(call)]
        limits = {"most": _MOST, "longest_reason": LONGEST_REASON}
        return self._page(call, "approvals.html", waiting=waiting, recent=recent, **limits)

    async def decide(self, call: Call) -> Answer:
        """Approve or refuse what the person saw, and lead back to the page."""
        assert call.visitor is not None  # noqa: S101 - `_resource` has seen to it
        form = read_form(call.request, ("token", "id", "digest", "decision", "reason"))
        purpose = _purpose(form["id"], form["digest"])
        self._tokens.check(form["token"], call.visitor.session, *purpose)
        if form["decision"] not in {"approve", "refuse"}:
            raise Refused(400, "The decision must be to approve or to refuse.")
        await self._decide(call, form["id"], form, approves=form["decision"] == "approve")
        # A reload of what this leads to sends nothing again.
        return Answer(b"", _HTML, 303, {"Location": "approvals#recent"})

    # JSON

    async def list_approvals(self, call: Call) -> Answer:
        """Return what waits for approval, and what did."""
        waiting, recent = await self._waiting(call), await self._recent(call)
        return _json({"waiting": list(map(asdict, waiting)), "recent": list(map(asdict, recent))})

    async def approve(self, call: Call) -> Answer:
        """Approve what the program has seen."""
        return await self._decide_by_program(call, approves=True)

    async def refuse(self, call: Call) -> Answer:
        """Refuse what the program has seen."""
        return await self._decide_by_program(call, approves=False)

    async def _decide_by_program(self, call: Call, *, approves: bool) -> Answer:
        sent = read_json(call.request, ("digest", "reason"))
        decided = await self._decide(call, call.parameters[0], sent, approves=approves)
        return _json(asdict(decided))

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
        """Return what waits: what the person is asked for, and all for those who may look."""
        approvals = self._approvals()
        asked = await _answer_of(approvals.waiting(call.person))
        if not _sees_all(call):
            return list(asked)
        known = {each.id: each for each in asked}
        return [
            known.get(each.id, each) for each in await _answer_of(approvals.waiting(self._anyone()))
        ]

    async def _recent(self, call: Call) -> list[ApprovalRequest]:
        person = self._anyone() if _sees_all(call) else call.person
        return list(await _answer_of(self._approvals().recent(person, _RECENT)))

    def _anyone(self) -> Person:
        """Return nobody in particular, who is asked for everything; only to look."""
        return Person("", self._host.approver_roles)

    def _shown(self, call: Call, request: ApprovalRequest) -> Shown:
        """Return a request with what the visitor may say about it."""
        assert call.visitor is not None  # noqa: S101 - `_resource` has seen to it
        asked = not call.person.roles.isdisjoint(request.roles)
        # What was approved can be refused until the build has had it, and by people whose approval
        # does not count, too.
        if not (asked and may(call.roles, Action.DECIDE) and request.state in OPEN):
            return Shown(request)
        token = self._tokens.make(call.visitor.session, *_purpose(request.id, request.digest))
        return Shown(request, token, request.state == WAITING and not request.obstacle)

    def _approvals(self) -> Any:  # noqa: ANN401 - an IApprovals
        approvals = self._host.approvals
        if approvals is None:
            raise Refused(
                503, "This master has no secrets of buildbot-keychain: see its master.cfg."
            )
        return approvals

    def _page(self, call: Call, template: str, **values: Any) -> Answer:  # noqa: ANN401 - any
        return page(self._host, template, person=call.person, call=call, **values)


def page(host: Any, template: str, status: int = 200, **values: Any) -> Answer:  # noqa: ANN401
    """Return a page of `host`."""
    return Answer(render(template, title=host.title, **values), _HTML, status)


def _purpose(number: str, digest: str) -> tuple[str, str, str]:
    return "decide", number, digest


def _sees_all(call: Call) -> bool:
    return not call.roles.isdisjoint({Role.ADMIN, Role.VIEWER})


async def _answer_of(asked: Any) -> Any:  # noqa: ANN401 - whatever the approvals return
    try:
        return await asked
    except ApprovalError as error:
        raise Refused(409, sentence(error.page_message)) from None


def _json(content: object) -> Answer:
    return Answer(json.dumps(content).encode(), "application/json")
