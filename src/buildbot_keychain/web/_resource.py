"""`Page`: the one way in. Each request passes every defence of its kind before its view is called.

In this order: headers, the route, the address, how it was sent, who sends it, the role, the host's
own rules. A request that fails anywhere gets a sentence, and nothing of what it asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from buildbot_keychain.errors import StoreError, message_of, safe_summary
from buildbot_keychain.web._bodies import read_fields, read_query
from buildbot_keychain.web._defences import (
    harden,
    header,
    is_by_program,
    require_navigation,
    require_no_query,
    require_own_form,
)
from buildbot_keychain.web._permissions import ASKED_BY_VIEW, READ_SCOPES, SCOPES, Role, may
from buildbot_keychain.web._pieces import whole
from buildbot_keychain.web._refusals import NotAllowed, Refused
from buildbot_keychain.web._routes import Kind, Route, find
from buildbot_keychain.web._turns import Turns
from buildbot_keychain.web.host import Visitor
from buildbot_keychain.web.views import VIEWS, Answer, Call, ViewsOfHost, json_answer, page

_log = Logger()

_WITH_QUERY = {Kind.PAGE, Kind.JSON}
_HEADINGS = {403: "Not allowed", 404: "Not found"}


class Page(Resource):
    """Everything below the page's address.

    :param host: an `IPageHost`.
    :param call_later: a reactor's ``callLater``.
    """

    isLeaf = True

    def __init__(self, host: Any, call_later: Callable[..., IDelayedCall]) -> None:  # noqa: ANN401 - an IPageHost
        super().__init__()
        self._host = host
        self._call_later = call_later
        self._turns = Turns(call_later)

    def render(self, request: IRequest) -> int:
        """Answer, whatever the method."""
        harden(request)
        sending = _Sending(request)

        async def answer() -> None:
            if not sending.is_gone:
                sending.send(await self._answer(request))

        Deferred.fromCoroutine(self._turns.take(answer)).addErrback(_failed, sending)
        return NOT_DONE_YET

    async def _answer(self, request: IRequest) -> Answer:
        path = [part.decode("utf-8", "replace") for part in request.postpath]
        if not path:  # without the slash, relative links would lead elsewhere
            return Answer(b"", "text/plain", 302, {"Location": "keychain/"})
        call: Call | None = None
        try:
            call = await self._let_in(request, path)
            group, _, name = call.route.view.partition(".")
            return await self._made(await getattr(VIEWS[group](self._host), name)(call))
        except Refused as error:
            refused = error
        except StoreError as error:
            _log.warn("a page of secrets: {error}", error=message_of(error))
            refused = Refused(503, "The master's database does not answer: try again.")
        except Exception:  # noqa: BLE001 - whoever asks learns nothing of it
            _log.error("a page of secrets failed: {why}", why=safe_summary(Failure()))
            refused, call = Refused(500, "Something went wrong; see the master's log."), None
        return await self._made(self._refusal(refused, path, call))

    async def _made(self, answer: Answer) -> Answer:
        """Return an answer with all of its body."""
        if isinstance(answer.body, bytes):
            return answer
        return replace(answer, body=await whole(answer.body, self._call_later))

    async def _let_in(self, request: IRequest, path: list[str]) -> Call:
        route = _route(request, path)
        visitor = None
        if request.method != b"GET":
            require_no_query(request)
        if route.kind in {Kind.PAGE, Kind.FORM}:
            is_answered = self._host.plain_http or is_by_program(request, self._host.origin)
            require_navigation(request, answers_silent=is_answered)
        if route.kind is Kind.FORM:
            require_own_form(request, self._host.origin)
        if route.kind is Kind.SCRIPT and header(request, "Sec-Fetch-Dest") not in (None, "script"):
            raise Refused(403, "This is a script for the pages of Buildbot.")
        if route.kind is Kind.JSON:
            visitor = await self._bearer(request)
        elif route.kind is not Kind.PUBLIC:
            visitor = await self._host.visitor(request)
        roles = self._roles_of(visitor)
        is_allowed = _is_allowed(visitor, roles, route)
        if not is_allowed:
            roles = _without_leave(visitor, route)
        parts = zip(route.path.split("/"), path, strict=True)
        parameters = [given for wanted, given in parts if wanted == "*"]
        query = read_query(request, route.query) if route.kind in _WITH_QUERY else {}
        fields = read_fields(request, route)
        if is_allowed and route.action is not None and route.action not in ASKED_BY_VIEW:
            name = fields.get("name", query.get("name"))
            if not await self._host.allows(visitor, route.action, name):
                roles = _without_leave(visitor, route)
        return Call(request, route, parameters, query, fields, visitor, roles)

    async def _bearer(self, request: IRequest) -> Visitor:
        """Return whose token was sent. Cookies are not looked at."""
        scheme, _, token = (header(request, "Authorization") or "").partition(" ")
        visitor: Visitor | None = None
        if scheme.lower() == "bearer":
            visitor = await self._host.bearer(token.strip())
        if visitor is None:
            raise Refused(401, "Send a token that is valid: Authorization: Bearer ...")
        return visitor

    def _roles_of(self, visitor: Visitor | None) -> frozenset[Role]:
        if visitor is None:
            return frozenset({Role.ANYBODY})
        host, has = self._host, visitor.person.roles
        roles = {
            Role.ADMIN: host.admin_roles,
            Role.VIEWER: host.viewer_roles,
            Role.APPROVER: host.approver_roles,
        }
        found = {role for role, names in roles.items() if not has.isdisjoint(names)}
        found.add(Role.ANYBODY)
        if visitor.scopes is not None and not READ_SCOPES.isdisjoint(visitor.scopes):
            found.add(Role.VIEWER)
        return frozenset(found)

    def _refusal(self, refused: Refused, path: list[str], call: Call | None) -> Answer:
        """Return the answer to a request, with the menu of whoever was let in with a call."""
        headers = {}
        if refused.status == 405:  # noqa: PLR2004 - the standard's number
            headers["Allow"] = ", ".join(find(path))
        if refused.status == 401:  # noqa: PLR2004 - the same
            headers["WWW-Authenticate"] = "Bearer"
        if path[0] == "api":
            problem = json_answer({"error": refused.sentence}, refused.status)
            return replace(problem, headers=headers)
        shown: dict[str, Any] = {
            "sentence": refused.sentence,
            "root": "../" * (len(path) - 1),
            "heading": _HEADINGS.get(refused.status, "Not done"),
            "log_in": _log_in(refused),
        }
        if call is None:
            answer = page(self._host, "refusal.html", refused.status, person=None, **shown)
        else:
            answer = ViewsOfHost(self._host).page(call, "refusal.html", refused=refused, **shown)
        return replace(answer, headers=headers)


def _log_in(refused: Refused) -> str:
    """Return what to offer to whoever may not: roles that came since then need another login."""
    if not isinstance(refused, NotAllowed):
        return ""
    return "Log in again" if refused.is_known else "Log in"


def _is_allowed(visitor: Visitor | None, roles: frozenset[Role], route: Route) -> bool:
    """Return whether the table allows it, before the host is asked."""
    if route.action is None:
        return True
    if not may(roles, route.action):
        return False
    return visitor is None or visitor.scopes is None or SCOPES.get(route.action) in visitor.scopes


def _without_leave(visitor: Visitor | None, route: Route) -> frozenset[Role]:
    """Return the roles of somebody who may not: none for a script; anything else is refused."""
    if route.kind is Kind.SCRIPT:
        return frozenset()
    raise NotAllowed(is_known=visitor is not None)


def _route(request: IRequest, path: list[str]) -> Route:
    routes = find(path)
    if not routes:
        raise Refused(404, "There is no such page.")
    route = routes.get(request.method.decode("ascii", "replace"))
    if route is None:
        raise Refused(405, f"This page is asked for by {' or '.join(routes)}.")
    return route


def _failed(failure: Failure, sending: _Sending) -> None:
    """Answer when not even a refusal can be shown."""
    _log.error("a page of secrets failed: {why}", why=safe_summary(failure))
    sending.send(Answer(b"Something went wrong; see the master's log.\n", "text/plain", 500))


class _Sending:
    """Sends an answer, unless whoever asked has gone."""

    def __init__(self, request: Any) -> None:  # noqa: ANN401 - Twisted's `Request`
        self._request = request
        self.is_gone = False
        request.notifyFinish().addErrback(self._note)

    def _note(self, _failure: Failure) -> None:
        self.is_gone = True

    def send(self, answer: Answer) -> None:
        if self.is_gone:
            return
        request = self._request
        body = answer.body
        assert isinstance(body, bytes)  # noqa: S101 - all of it is made
        request.setResponseCode(answer.status)
        request.setHeader(b"content-type", answer.content_type.encode())
        request.setHeader(b"content-length", str(len(body)).encode())
        for name, value in answer.headers.items():
            request.setHeader(name.encode(), value.encode())
        request.write(body)
        request.finish()
