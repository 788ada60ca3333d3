"""`example_of`: a request for each route of the pages, which the tests of all routes send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from buildbot_keychain.bearer_tokens import READ_METRICS
from buildbot_keychain.web import SCOPES, Kind, Route
from tests.support.page_stores import DELETED, KEY, SECRET, STORE, WAITING

if TYPE_CHECKING:
    from tests.support.page_client import PageClient, Reply


@dataclass(frozen=True)
class Example:
    """What is sent to one route.

    :param parts: what stands for each ``*`` of its path.
    :param query: what its address says.
    :param page: where the form that it takes is shown, if it takes one.
    :param fields: what is filled in there, or the JSON.
    """

    parts: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


NO_VALUE: dict[str, Any] = {
    **dict.fromkeys(("line", "text", "generate", "length"), ""),
    "file": b"",
    "alphabet": "full",
}
ABOUT = {
    "description": "",
    "tags": "prod",
    "expires": "",
    "limit": "policy",
    "allowed": "",
    "redact": "yes",
}
"""What forms say that take a value: none, and what is known of the secret that there is."""

_OF_SECRET = f"change?name={SECRET}"
_VOTE = {"digest": "d1", "reason": "fine"}
_PAGE_OF_SECRET = f"secret?name={SECRET}"
_FORM = {"scheduler": "force", "builder": "builder"}
EXAMPLES = {
    ("GET", "secret"): Example(query={"name": SECRET}),
    ("POST", "ask"): Example(page=_PAGE_OF_SECRET),
    ("POST", "evict"): Example(page=_PAGE_OF_SECRET),
    ("GET", "api/v1/secret"): Example(query={"name": SECRET}),
    ("POST", "api/v1/secret/ask"): Example(fields={"name": SECRET}),
    ("POST", "api/v1/secret/evict"): Example(fields={"name": SECRET}),
    ("GET", "api/v1/try"): Example(query={"name": SECRET, "builder": "deploy"}),
    ("GET", "build"): Example(query={"id": "1"}),
    ("GET", "api/v1/build"): Example(query={"builder": "deploy", "number": "33"}),
    ("GET", "api/v1/builds/*"): Example(("1",)),
    ("POST", "approvals"): Example(
        page="approvals", fields={"decision": "approve", "reason": "fine"}
    ),
    ("POST", "api/v1/approvals/*/approve"): Example(("1",), fields=_VOTE),
    ("POST", "api/v1/approvals/*/refuse"): Example(("1",), fields=_VOTE),
    ("POST", "add"): Example(
        page="add", fields={"store": STORE, "path": "new", **NO_VALUE, "line": "x", **ABOUT}
    ),
    ("GET", "change"): Example(query={"name": SECRET}),
    ("POST", "change"): Example(page=_OF_SECRET, fields={**NO_VALUE, "line": "x", **ABOUT}),
    ("POST", "roll-back"): Example(page=_OF_SECRET, fields={"version": "1"}),
    ("POST", "rename"): Example(page=_OF_SECRET, fields={"new": "other"}),
    ("POST", "delete"): Example(page=_OF_SECRET),
    ("POST", "undelete"): Example(page=f"change?name={DELETED}"),
    ("POST", "deleted"): Example(page="deleted?days=0", fields={"sure": "yes"}),
    ("GET", "purge"): Example(query={"name": SECRET}),
    ("POST", "purge"): Example(page=f"purge?name={DELETED}", fields={"sure": "yes"}),
    ("POST", "keys"): Example(page="keys"),
    ("POST", "check"): Example(page="check", fields={"offline": "no"}),
    ("POST", "doctor"): Example(page="doctor", fields={"offline": "no"}),
    ("POST", "confirm"): Example(page="changes"),
    ("POST", "discard"): Example(page="changes"),
    ("POST", "api/v1/store/changes/*/confirm"): Example((WAITING,)),
    ("POST", "api/v1/store/changes/*/discard"): Example((WAITING,)),
    ("GET", "force"): Example(query=_FORM),
    ("POST", "force"): Example(page=f"force?{urlencode(_FORM)}", fields={"f0": "x", "f1": "y"}),
    ("POST", "api/v1/store/keys/rotate"): Example(fields={"primary": KEY}),
    ("GET", "api/v1/store/secret"): Example(query={"name": SECRET}),
    ("PUT", "api/v1/store/secret"): Example(fields={"name": SECRET, "value": "x"}),
    ("DELETE", "api/v1/store/secret"): Example(fields={"name": SECRET}),
    ("POST", "api/v1/store/secret/edit"): Example(fields={"name": SECRET, "tags": ["a"]}),
    ("POST", "api/v1/store/secret/rollback"): Example(fields={"name": SECRET, "version": 1}),
    ("POST", "api/v1/store/secret/rename"): Example(fields={"name": SECRET, "new": "other"}),
    ("POST", "api/v1/store/secret/undelete"): Example(fields={"name": DELETED}),
}
"""By method and path; of what is not here, nothing but the path is sent."""


def example_of(route: Route) -> Example:
    """Return what is sent to a route."""
    return EXAMPLES.get((route.method, route.path), Example())


def address_of(route: Route) -> str:
    """Return the address of the example of a route, from the first page."""
    example = example_of(route)
    path = route.path
    for part in example.parts:
        path = path.replace("*", part, 1)
    return f"{path}?{urlencode(example.query)}" if example.query else path


def send(
    route: Route,
    client: PageClient,
    *,
    form: Callable[[Route], Mapping[str, str]],
    token: str | None = None,
) -> Reply:
    """Send the example of a route, and return the reply.

    :param form: returns the hidden fields of the form that a route takes, as somebody saw it.
    :param token: of the program that sends it, if it is JSON.
    """
    example, address = example_of(route), address_of(route)
    if route.kind is Kind.JSON:
        body = None if route.method == "GET" else json.dumps(dict(example.fields))
        return client.call_page(route.method, address, token, body)
    if route.kind is Kind.FORM:
        send = client.upload if route.has_files else client.send
        return send(address, {**form(route), **example.fields})
    headers: dict[str, str | None] = {"sec_fetch_dest": "script"}
    return client.open(address, **(headers if route.kind is Kind.SCRIPT else {}))


def scope_of(route: Route) -> str:
    """Return the scope that a token must have for a route of JSON; any will do for some."""
    return READ_METRICS if route.action is None else SCOPES[route.action]


def expected_status(route: Route, *, logged_in: bool, allowed: bool) -> int:
    """Return what is answered to the example of a route.

    :param allowed: whether the table allows it to whoever asks, by a role or by the token.
    """
    if route.kind is Kind.JSON and not logged_in:
        return 401
    if route.action is None or route.kind is Kind.SCRIPT:
        return 200
    if not allowed:
        return 403
    return 303 if route.kind is Kind.FORM else 200
