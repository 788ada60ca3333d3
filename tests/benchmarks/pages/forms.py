"""What people and programs send to the pages, one after the other; then all is as before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.support.page_client import PageClient, Reply, forms_of
from tests.support.page_routes import ABOUT, NO_VALUE

_SEE_OTHER = 303


class Form(NamedTuple):
    """A form.

    :param title: what it is for.
    :param page: where it is shown.
    :param action: where it is sent.
    :param fields: what is filled in.
    """

    title: str
    page: str
    action: str
    fields: Mapping[str, Any]
    person: str = "ada"


def forms(number: int) -> list[Form]:
    """Return the forms of one round, of which each needs what those before have done."""
    name, other = f"round/{number}", f"round/{number}/renamed"
    before, after = f"change?name=store!{name}", f"change?name=store!{other}"
    value, tags = {**NO_VALUE, "line": f"a value of round {number}"}, {"tags": "prod, new"}
    secret = "secret?name=store!team/005000"
    votes = {"decision": "approve", "reason": "fine"}
    return [
        Form("add", "add", "add", {"store": "store", "path": name, **value, **ABOUT}),
        Form("change: value", before, "change", {**value, **ABOUT}),
        Form("change: tags", before, "change", {**NO_VALUE, **ABOUT, **tags}),
        Form("roll-back", before, "roll-back", {"version": "1"}),
        Form("rename", before, "rename", {"new": other}),
        Form("delete", after, "delete", {}),
        Form("undelete", after, "undelete", {}),
        Form("delete again", after, "delete", {}),
        Form("purge", f"purge?name=store!{other}", "purge", {"sure": "yes"}),
        Form("ask", secret, "ask", {}),
        Form("evict", secret, "evict", {}),
        Form("approvals", "approvals?mine=yes", "approvals", votes, "rolf"),
    ]


def filled(form: Form, client: PageClient) -> dict[str, Any]:
    """Return a form that the page of a person has, with what is filled in."""
    first, *_ = forms_of(client.open(form.page).text, form.action)
    return {**first, **form.fields}


def sent(form: Form, client: PageClient, fields: Mapping[str, Any]) -> Reply:
    """Send a form.

    :raise RuntimeError: if it is refused.
    """
    send = client.upload if "line" in fields else client.send
    reply = send(form.action, fields)
    if reply.status != _SEE_OTHER:
        raise RuntimeError(f"{form.title}: {reply.status}: {reply.text[-500:]}")
    return reply


def put(number: int, client: PageClient, token: str) -> Reply:
    """Add a secret, or a version of it, as a program does."""
    content = {"name": "store!round/of a program", "value": f"a value of round {number}"}
    reply = client.call("PUT", "store/secret", token, json.dumps(content))
    if reply.status != 200:
        raise RuntimeError(reply.text)
    return reply
