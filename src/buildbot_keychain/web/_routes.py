"""`ROUTES`: who may do what, where. The page asks this table, and the tests are made from it.

What is not in it does not exist, and whoever is not in it may do nothing. Whether an approver may
decide on this very request is up to the approvals, which know who made it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from buildbot_keychain.bearer_tokens import DECIDE_APPROVALS, READ_APPROVALS, READ_SECRETS


class Role(Enum):
    """What a visitor is to the page."""

    ADMIN = "admin"
    """One of the roles ``admin_roles`` of the configuration."""
    VIEWER = "viewer"
    """One of the roles ``viewer_roles``."""
    APPROVER = "approver"
    """A role that a rule of the policy names in ``Approval(by=...)``."""


class Action(Enum):
    """What is done."""

    OPEN = "open"
    SEE_APPROVALS = "see approvals"
    DECIDE = "decide"
    SEE_SECRETS = "see secrets"
    MAINTAIN = "maintain"
    """Ask a provider whether it answers, and have it asked anew."""


class Kind(Enum):
    """How a route is reached, and by which means its visitor is known."""

    PUBLIC = "public"
    """A file without data, for everybody."""
    SCRIPT = "script"
    """For the host's own pages, with less in it for those who may not."""
    PAGE = "page"
    """By a person who navigates to it, with a session."""
    FORM = "form"
    """By a person who sends a form of ours, with a session."""
    JSON = "json"
    """By a program, with a bearer token of ours."""


ALLOWED = {
    Action.OPEN: frozenset({Role.ADMIN, Role.VIEWER, Role.APPROVER}),
    Action.SEE_APPROVALS: frozenset({Role.ADMIN, Role.VIEWER, Role.APPROVER}),
    Action.DECIDE: frozenset({Role.APPROVER}),
    Action.SEE_SECRETS: frozenset({Role.ADMIN, Role.VIEWER}),
    Action.MAINTAIN: frozenset({Role.ADMIN}),
}

SCOPES = {
    Action.SEE_APPROVALS: READ_APPROVALS,
    Action.DECIDE: DECIDE_APPROVALS,
    Action.SEE_SECRETS: READ_SECRETS,
}
"""Of which scope a token must be for what it does; of what is not here, no token does anything."""

READ_SCOPES = frozenset({READ_APPROVALS, READ_SECRETS})
"""A token of one of these is a viewer's, whatever is known of its owner: its maker has said so."""


@dataclass(frozen=True)
class Route:
    """A method and a path below the page's address.

    :param path: a ``*`` stands for one part of it, of letters and digits.
    :param view: the group of `VIEWS` and, behind the dot, its method.
    :param query: what the address may say behind its question mark.
    :param fields: what the form or the JSON must say, which is read before the view is called.
    """

    method: str
    path: str
    kind: Kind
    view: str
    action: Action | None = None
    query: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


API = "api/v1/"
_VOTE = ("digest", "reason")
_BY_FORM = ("token", "id", "decision", *_VOTE)

ROUTES = (
    Route("GET", "", Kind.PAGE, "approvals.overview", Action.OPEN),
    Route("GET", "approvals", Kind.PAGE, "approvals.show", Action.SEE_APPROVALS),
    Route("POST", "approvals", Kind.FORM, "approvals.decide", Action.DECIDE, (), _BY_FORM),
    Route("GET", "scripts.js", Kind.SCRIPT, "files.scripts", Action.OPEN),
    Route("GET", "styles.css", Kind.PUBLIC, "files.styles"),
    Route("GET", "page.css", Kind.PUBLIC, "files.page_style"),
    Route("GET", "theme.css", Kind.PUBLIC, "files.theme"),
    Route("GET", f"{API}approvals", Kind.JSON, "approvals.list_all", Action.SEE_APPROVALS),
    Route(
        "POST",
        f"{API}approvals/*/approve",
        Kind.JSON,
        "approvals.approve",
        Action.DECIDE,
        (),
        _VOTE,
    ),
    Route(
        "POST", f"{API}approvals/*/refuse", Kind.JSON, "approvals.refuse", Action.DECIDE, (), _VOTE
    ),
)


def may(roles: Collection[Role], action: Action) -> bool:
    """Return whether one of these roles is allowed `action`."""
    return not ALLOWED[action].isdisjoint(roles)


def find(path: list[str]) -> dict[str, Route]:
    """Return the routes of a path, by method; none if there is no such path."""
    return {route.method: route for route in ROUTES if _matches(route, path)}


def _matches(route: Route, path: list[str]) -> bool:
    parts = route.path.split("/")
    return len(parts) == len(path) and all(
        wanted == given or (wanted == "*" and given.isascii() and given.isalnum())
        for wanted, given in zip(parts, path, strict=True)
    )
