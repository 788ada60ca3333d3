"""The OpenAPI document of the JSON, made from the table of routes (OpenAPI 3.1.0)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from buildbot_keychain.web._permissions import SCOPES
from buildbot_keychain.web._routes import API, Kind, Route
from buildbot_keychain.web._schemas import TEXT, Schema, of_members

_ERROR = of_members({"error": {**TEXT, "description": "a sentence for people"}})
_ANSWERS = {
    "400": "What was sent is not as this document says.",
    "401": "There is no valid token.",
    "403": "The token is not for this, or its owner may not do it.",
    "404": "There is no such thing.",
    "409": "Somebody else was first, or it is not in a state for that.",
    "413": "The body is too long.",
    "415": "The body has another type.",
    "422": "It cannot be done.",
    "503": "It cannot be done now.",
}


def document(
    routes: Sequence[Route], version: str, server: str, summary_of: Callable[[Route], str]
) -> dict[str, Any]:
    """Return the document.

    :param server: the address of the first page, from that of the document.
    :param summary_of: returns a sentence that says what a route does.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if route.kind is Kind.JSON:
            path = "/" + route.path.replace("*", "{id}")
            paths.setdefault(path, {})[route.method.lower()] = _operation(route, summary_of(route))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "buildbot-keychain",
            "version": version,
            "description": "No value of a secret is ever answered. Cookies are not looked at.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "as buildbot-keychain token create makes it",
                }
            },
            "responses": {
                code: {"description": text, "content": _json(_ERROR)}
                for code, text in _ANSWERS.items()
            },
        },
    }


def _operation(route: Route, summary: str) -> dict[str, Any]:
    scope = None if route.action is None else SCOPES.get(route.action)
    words = [each for each in re.split("[^a-z0-9]+", route.path.removeprefix(API)) if each]
    found: dict[str, Any] = {
        "operationId": "_".join([route.method.lower(), *words]),
        "summary": summary,
        "security": [{"token": [] if scope is None else [scope]}],
        "responses": {
            "200": {"description": "It is done.", "content": _json(route.answers or {})},
            **{code: {"$ref": f"#/components/responses/{code}"} for code in _ANSWERS},
        },
    }
    parameters = [_parameter("id", "path")] * route.path.count("*")
    parameters += [_parameter(name, "query") for name in route.query]
    if parameters:
        found["parameters"] = parameters
    sends = route.sends or (of_members(dict.fromkeys(route.fields, TEXT)) if route.fields else None)
    if sends is not None:
        found["requestBody"] = {"required": True, "content": _json(sends)}
    return found


def _parameter(name: str, place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": TEXT}


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
