"""`ROUTES`: who may do what, where. The page asks this table, and the tests are made from it.

What is not in it does not exist, and whoever is not in it may do nothing. Whether an approver may
decide on this very request is up to the approvals, which know who made it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum


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
}


@dataclass(frozen=True)
class Route:
    """A method and a path below the page's address.

    :param path: a ``*`` stands for one part of it, of letters and digits.
    :param view: the group of `VIEWS` and, behind the dot, its method.
    :param query: what the address may say behind its question mark.
    """

    method: str
    path: str
    kind: Kind
    view: str
    action: Action | None = None
    query: tuple[str, ...] = ()


ROUTES = (
    Route("GET", "", Kind.PAGE, "approvals.overview", Action.OPEN),
    Route("GET", "approvals", Kind.PAGE, "approvals.show", Action.SEE_APPROVALS),
    Route("POST", "approvals", Kind.FORM, "approvals.decide", Action.DECIDE),
    Route("GET", "scripts.js", Kind.SCRIPT, "files.scripts", Action.OPEN),
    Route("GET", "styles.css", Kind.PUBLIC, "files.styles"),
    Route("GET", "page.css", Kind.PUBLIC, "files.page_style"),
    Route("GET", "theme.css", Kind.PUBLIC, "files.theme"),
    Route("GET", "api/v1/approvals", Kind.JSON, "approvals.list_all", Action.SEE_APPROVALS),
    Route("POST", "api/v1/approvals/*/approve", Kind.JSON, "approvals.approve", Action.DECIDE),
    Route("POST", "api/v1/approvals/*/refuse", Kind.JSON, "approvals.refuse", Action.DECIDE),
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
