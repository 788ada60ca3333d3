"""`ROUTES`: what is done where. The page asks this table, and the tests are made from it.

What is not in it does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from buildbot_keychain.web import _answers_json as answers
from buildbot_keychain.web import _store_json as store_json
from buildbot_keychain.web._permissions import Action
from buildbot_keychain.web._schemas import Schema


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
    """By a program, with a bearer token of ours; metrics are text."""


LONGEST_BODY = 64 * 1024
LONGEST_VALUE_BODY = (2 << 20) + LONGEST_BODY
"""Bytes: of any body, and of one with a value of 1 MiB, of which JSON may escape all characters."""


@dataclass(frozen=True)
class Route:
    """A method and a path below the page's address.

    :param path: a ``*`` stands for one part of it, of letters and digits.
    :param view: the group of `VIEWS` and, behind the dot, its method.
    :param query: what the address may say behind its question mark.
    :param fields: what the form or the JSON must say, which is read before the view is called.
    :param has_files: whether it is a form with files, which takes a value.
    :param has_more: whether the form says more than `fields`, which its view knows. It is ``more``
        of the fields: the names and texts in their order.
    :param sends: the schema of the JSON, where it says more than `fields` can.
    :param answers: the schema of the JSON that is answered, where one is written down.
    """

    method: str
    path: str
    kind: Kind
    view: str
    action: Action | None = None
    query: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    has_files: bool = False
    has_more: bool = False
    sends: Schema | None = None
    answers: Schema | None = None

    @property
    def longest_body(self) -> int:
        """How many bytes its body may have."""
        takes_value = self.has_files or "value" in (self.sends or {}).get("properties", ())
        return LONGEST_VALUE_BODY if takes_value else LONGEST_BODY


API = "api/v1/"
_VOTE = ("digest", "reason")
_BY_FORM = ("token", "id", "decision", *_VOTE)
_VALUE = ("line", "text", "file", "generate", "length", "alphabet")
_ABOUT = ("description", "tags", "expires", "limit", "allowed", "redact")
_ADDED = ("token", "store", "path", *_VALUE, *_ABOUT)
_SEEN = ("token", "name", "revision")
_WAITING = ("token", "store", "id")
_OLD = ("token", "store", "days", "after", "digest", "sure")
_CHANGED = (*_SEEN, "unchanged", *_VALUE, *_ABOUT)


_ANSWERS = {
    "find": store_json.SECRET,
    "list_all": store_json.PAGE,
    "waiting": store_json.WAITING,
    "discard": store_json.DISCARDED,
    "keys": store_json.KEYS,
    "rotate": store_json.KEYS,
}


def _change(path: str, view: str, fields: tuple[str, ...], *, has_files: bool = False) -> Route:
    action = Action.CHANGE
    return Route("POST", path, Kind.FORM, f"changes.{view}", action, (), fields, has_files)


def _read(
    path: str, view: str, action: Action, answered: Schema, query: tuple[str, ...] = ()
) -> Route:
    return Route("GET", f"{API}{path}", Kind.JSON, view, action, query, answers=answered)


def _vote(path: str, view: str) -> Route:
    action, answered = Action.DECIDE, answers.APPROVAL
    return Route("POST", f"{API}{path}", Kind.JSON, view, action, (), _VOTE, answers=answered)


def _maintain(path: str, view: str, answered: Schema) -> Route:
    action = Action.MAINTAIN
    return Route("POST", f"{API}{path}", Kind.JSON, view, action, (), ("name",), answers=answered)


def _stores(
    method: str, path: str, view: str, sends: Schema | None, query: tuple[str, ...] = ()
) -> Route:
    action = Action.SEE_STORES if method == "GET" else Action.CHANGE
    answered = _ANSWERS.get(view, store_json.DONE)
    path = f"{API}store/{path}"
    return Route(
        method, path, Kind.JSON, f"stores.{view}", action, query, sends=sends, answers=answered
    )


def _inspect(task: str) -> tuple[Route, ...]:
    see, path = Action.SEE_INSPECTIONS, f"{API}{task}"
    begin, state, form = Action.INSPECT, answers.INSPECTION, ("token", "offline")
    return (
        Route("GET", task, Kind.PAGE, f"{task}.show", see, ("level", "after")),
        Route("POST", task, Kind.FORM, f"{task}.begin", begin, (), form),
        _read(task, f"{task}.state", see, state),
        Route(
            "POST",
            path,
            Kind.JSON,
            f"{task}.start",
            begin,
            sends=answers.INSPECT,
            answers=state,
        ),
        _read(
            f"{task}/findings",
            f"{task}.findings",
            see,
            answers.FINDINGS,
            ("level", "after", "limit"),
        ),
    )


_LIST = ("search", "after")
_BUILD = ("builder", "repository", "branch", "scheduler", "owner", "outside", "forced")
_ONE = ("token", "name")
_ONE_BUILD = ("id", "builder", "builderid", "number")
_FORM = ("scheduler", "builder")
_CELLS = ("builder", "tag", "secret", "provider", "only", "after", "begin")
_PLACES = ("secret", "builder", "state", "outcome", "after")
_EVENTS = ("secret", "builder", "person", "since", "outcome", "denied", "kind", "before", "limit")

ROUTES = (
    Route("GET", "", Kind.PAGE, "overview.show", Action.OPEN, _LIST),
    Route("GET", "secret", Kind.PAGE, "secret.show", Action.SEE_SECRETS, ("name", *_BUILD)),
    Route("POST", "ask", Kind.FORM, "secret.ask", Action.MAINTAIN, (), _ONE),
    Route("POST", "evict", Kind.FORM, "secret.evict", Action.MAINTAIN, (), _ONE),
    Route("GET", "approvals", Kind.PAGE, "approvals.show", Action.SEE_APPROVALS, ("after", "mine")),
    Route("POST", "approvals", Kind.FORM, "approvals.decide", Action.DECIDE, (), _BY_FORM),
    Route("GET", "scripts.js", Kind.SCRIPT, "files.scripts", Action.OPEN),
    Route("GET", "styles.css", Kind.PUBLIC, "files.styles"),
    Route("GET", "page.css", Kind.PUBLIC, "files.page_style"),
    Route("GET", "theme.css", Kind.PUBLIC, "files.theme"),
    Route("GET", "metrics", Kind.JSON, "metrics.show", Action.SEE_METRICS),
    Route("GET", "metrics.txt", Kind.PAGE, "metrics.show", Action.SEE_COUNTS),
    _read("secrets", "overview.secrets", Action.SEE_SECRETS, answers.SECRETS, _LIST),
    _read("providers", "overview.providers", Action.SEE_SECRETS, answers.PROVIDERS),
    _read("secret", "secret.describe", Action.SEE_SECRETS, answers.SECRET, ("name",)),
    _maintain("secret/ask", "secret.ask_for", answers.ASKED),
    _maintain("secret/evict", "secret.evict_answers", answers.NAME),
    _read("attention", "overview.attention", Action.SEE_SECRETS, answers.ATTENTION),
    _read("try", "secret.try_out", Action.TRY, answers.TRIAL, ("name", *_BUILD)),
    _read("approvals", "approvals.list_all", Action.SEE_APPROVALS, answers.APPROVALS, ("after",)),
    _vote("approvals/*/approve", "approvals.approve"),
    _vote("approvals/*/refuse", "approvals.refuse"),
    Route("GET", "add", Kind.PAGE, "changes.show_new", Action.SEE_STORES),
    Route("GET", "change", Kind.PAGE, "changes.show", Action.SEE_STORES, ("name", "done")),
    _change("add", "add", _ADDED, has_files=True),
    _change("change", "change", _CHANGED, has_files=True),
    _change("roll-back", "roll_back", (*_SEEN, "version")),
    _change("rename", "rename", (*_SEEN, "new")),
    _change("delete", "delete", _SEEN),
    _change("undelete", "undelete", _SEEN),
    Route(
        "GET",
        "deleted",
        Kind.PAGE,
        "deleted.show",
        Action.SEE_STORES,
        ("store", "days", "after", "removed", "waiting"),
    ),
    Route("POST", "deleted", Kind.FORM, "deleted.purge_all", Action.CHANGE, (), _OLD),
    Route("GET", "purge", Kind.PAGE, "deleted.show_one", Action.SEE_STORES, ("name",)),
    Route("POST", "purge", Kind.FORM, "deleted.purge", Action.CHANGE, (), (*_SEEN, "sure")),
    _stores("GET", "secrets", "list_all", None, ("store", "after", "limit")),
    _stores("GET", "secret", "find", None, ("name",)),
    _stores("PUT", "secret", "put", store_json.PUT),
    _stores("DELETE", "secret", "delete", store_json.DELETE),
    _stores("POST", "secret/edit", "edit", store_json.EDIT),
    _stores("POST", "secret/rollback", "roll_back", store_json.ROLL_BACK),
    _stores("POST", "secret/rename", "rename", store_json.RENAME),
    _stores("POST", "secret/undelete", "undelete", store_json.SEEN),
    Route("GET", "changes", Kind.PAGE, "pending.show", Action.SEE_STORES, ("done",)),
    Route("POST", "confirm", Kind.FORM, "pending.confirm", Action.CHANGE, (), _WAITING),
    Route("POST", "discard", Kind.FORM, "pending.discard", Action.CHANGE, (), _WAITING),
    _stores("GET", "changes", "waiting", None, ("store",)),
    _stores("POST", "changes/*/confirm", "confirm", store_json.OF_STORE),
    _stores("POST", "changes/*/discard", "discard", store_json.OF_STORE),
    Route("GET", "keys", Kind.PAGE, "keys.show", Action.SEE_STORES),
    Route("POST", "keys", Kind.FORM, "keys.rotate", Action.CHANGE, (), ("token", "store")),
    _stores("GET", "keys", "keys", None, ("store",)),
    _stores("POST", "keys/rotate", "rotate", store_json.ROTATE),
    Route("GET", "audit", Kind.PAGE, "audit.show", Action.SEE_AUDIT, _EVENTS),
    Route("GET", "audit.csv", Kind.PAGE, "audit.table", Action.SEE_AUDIT, _EVENTS),
    _read("audit", "audit.export", Action.SEE_AUDIT, answers.EVENTS, (*_EVENTS, "format")),
    Route("GET", "build", Kind.PAGE, "build.show", Action.SEE_SECRETS, _ONE_BUILD),
    _read("build", "build.find", Action.SEE_SECRETS, answers.BUILD, _ONE_BUILD),
    _read("builds/*", "build.describe", Action.SEE_SECRETS, answers.BUILD),
    Route("GET", "builders", Kind.PAGE, "builders.show", Action.SEE_SECRETS, _CELLS),
    Route("GET", "builders.csv", Kind.PAGE, "builders.table", Action.SEE_SECRETS, _CELLS),
    _read(
        "builders",
        "builders.list_all",
        Action.SEE_SECRETS,
        answers.BUILDERS,
        (*_CELLS, "limit", "format"),
    ),
    *_inspect("check"),
    Route("GET", "check-secrets", Kind.PAGE, "check.show_secrets", Action.SEE_INSPECTIONS, _PLACES),
    _read(
        "check/secrets",
        "check.secrets",
        Action.SEE_INSPECTIONS,
        answers.PLACES,
        (*_PLACES, "limit"),
    ),
    *_inspect("doctor"),
    Route("GET", "force", Kind.PAGE, "force.show", Action.FORCE, (*_FORM, "done")),
    Route(
        "POST",
        "force",
        Kind.FORM,
        "force.force",
        Action.FORCE,
        fields=("token", "once", *_FORM),
        has_files=True,
        has_more=True,
    ),
    Route("GET", "openapi.json", Kind.PAGE, "description.show", Action.OPEN),
    # What every program may read that has a token.
    Route("GET", f"{API}openapi.json", Kind.JSON, "description.show"),
)


def _by_parts() -> dict[tuple[str, ...], dict[str, Route]]:
    found: dict[tuple[str, ...], dict[str, Route]] = {}
    for route in ROUTES:
        found.setdefault(tuple(route.path.split("/")), {})[route.method] = route
    return found


_BY_PARTS = _by_parts()
_WITH_STARS = {parts: routes for parts, routes in _BY_PARTS.items() if "*" in parts}


def find(path: Sequence[str]) -> Mapping[str, Route]:
    """Return the routes of a path, by method; none if there is no such path."""
    if "*" not in path and (routes := _BY_PARTS.get(tuple(path))) is not None:
        return routes
    for parts, routes in _WITH_STARS.items():
        if _matches(parts, path):
            return routes
    return {}


def _matches(parts: Sequence[str], path: Sequence[str]) -> bool:
    return len(parts) == len(path) and all(
        wanted == given if wanted != "*" else given.isascii() and given.isalnum()
        for wanted, given in zip(parts, path, strict=True)
    )
