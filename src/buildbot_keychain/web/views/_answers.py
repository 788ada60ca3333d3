"""What a view is asked, and what it returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from twisted.web.iweb import IRequest

from buildbot_keychain.approvals import Person
from buildbot_keychain.web._form_tokens import FormTokens
from buildbot_keychain.web._navigation import entries_for
from buildbot_keychain.web._permissions import Action, Role
from buildbot_keychain.web._pieces import json_pieces
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._routes import Route
from buildbot_keychain.web._templates import render
from buildbot_keychain.web.host import Visitor

HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
JAVASCRIPT = "text/javascript; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """A response.

    :param body: all of it, or the pieces of a text, which are made when it is sent.
    """

    body: bytes | Iterable[str]
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request that has passed all checks of its route.

    :param parameters: what stands for each ``*`` of the route's path.
    :param query: what the address says, of what the route knows.
    :param fields: what the form or the JSON says: all that the route knows.
    """

    request: IRequest
    route: Route
    parameters: list[str]
    query: Mapping[str, str]
    fields: Mapping[str, Any] = field(repr=False)
    visitor: Visitor | None
    roles: frozenset[Role]

    @property
    def person(self) -> Person:
        """Who makes it; the route must have an action."""
        return self._known.person

    @property
    def session(self) -> bytes:
        """What forms of that person are tied to; as for `person`."""
        return self._known.session

    @property
    def _known(self) -> Visitor:
        assert self.visitor is not None  # noqa: S101 - the way in has seen to it
        return self.visitor

    @property
    def is_admin(self) -> bool:
        """Whether it is an administrator's."""
        return Role.ADMIN in self.roles

    @property
    def sees_all(self) -> bool:
        """Whether it is somebody's who may look at everything."""
        return not self.roles.isdisjoint({Role.ADMIN, Role.VIEWER})


class ViewsOfHost:
    """The views of one page of a host."""

    def __init__(self, host: Any) -> None:  # noqa: ANN401 - an IPageHost
        self.host = host
        self.tokens = FormTokens(host.form_key, host.now)

    def page(
        self,
        call: Call,
        template: str,
        *,
        status: int = 200,
        refused: Refused | None = None,
        **values: Any,  # noqa: ANN401 - any
    ) -> Answer:
        """Return a page for whoever asks for it.

        :param refused: what was sent before and is refused; the page says why, with its status.
        """
        if refused is not None:
            status = refused.status
        forms = () if self.host.forms is None else self.host.forms.with_secrets
        unused = () if any(True for _ in forms) else (Action.FORCE,)
        entries = entries_for(call.roles, unused)
        person = None if call.visitor is None else call.person
        shown = {"person": person, "call": call, "entries": entries, "refused": refused}
        return page(self.host, template, status, **shown, **values)


def page(host: Any, template: str, status: int = 200, **values: Any) -> Answer:  # noqa: ANN401
    """Return a page of `host`."""
    shown = {"entries": (), **values}
    return Answer(render(template, title=host.title, **shown), HTML, status)


def json_answer(content: object, status: int = 200) -> Answer:
    """Return `content` as JSON; where lists of an object are iterators, they are made last."""
    return Answer(json_pieces(content), JSON, status)


def address(path: str, query: Mapping[str, str], **changes: str) -> str:
    """Return an address with a query, some of it changed; it leaves out what is empty."""
    given = {name: text for name, text in {**query, **changes}.items() if text}
    return f"{path}?{urlencode(given, errors='surrogatepass')}" if given else path


def see_other(location: str) -> Answer:
    """Lead to another page after a form; a reload of that sends nothing again."""
    return Answer(b"", HTML, 303, {"Location": location})
