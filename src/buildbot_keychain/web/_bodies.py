"""Reads what requests hold: forms, JSON and queries, once each field, nothing unknown.

`request.args` is not used: Twisted mixes the query into it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from twisted.web.iweb import IRequest

from buildbot_keychain.web._defences import header
from buildbot_keychain.web._refusals import Refused, sentence
from buildbot_keychain.web._routes import LONGEST_BODY, LONGEST_VALUE_BODY, Kind, Route
from buildbot_keychain.web._schemas import Schema, problem
from buildbot_keychain.web._uploads import parse, parse_all

_FILE = "file"
"""The field of a form that may be a file."""

_MOST_PARTS = 1000
"""Of a form that says more than its route knows."""

_MOST_TEXTS = 4000
"""In a JSON that may be long."""


def read_fields(request: IRequest, route: Route) -> dict[str, Any]:
    """Return what the body says, which must be what the route knows."""
    if route.has_files:
        body = _body(request, "multipart/form-data", LONGEST_VALUE_BODY)
        content_type = header(request, "Content-Type") or ""
        if route.has_more:
            return _with_more(parse_all(content_type, body, _MOST_PARTS), route.fields)
        form = dict(parse(content_type, body, route.fields))
        if any(isinstance(sent, bytes) and name != _FILE for name, sent in form.items()):
            raise _unexpected_file()
        return form
    if route.sends is not None:
        return read_object(request, route.sends, route.longest_body)
    if not route.fields:
        return {}
    read = read_json if route.kind is Kind.JSON else read_form
    return read(request, route.fields)


def _with_more(parts: list[tuple[str, str | bytes]], names: Collection[str]) -> dict[str, Any]:
    """Return fields of these names, and the rest as ``more``."""
    more = [(name, text) for name, text in parts if name not in names]
    if any(isinstance(text, bytes) for _, text in parts):
        raise _unexpected_file()
    known = _fields([part for part in parts if part[0] in names], names, "form")
    return {**known, "more": more}


def _unexpected_file() -> Refused:
    return Refused(400, "The form has a file in place of a text.")


def read_form(request: IRequest, names: Collection[str]) -> dict[str, str]:
    """Return the fields of a form, which must be these."""
    body = _body(request, "application/x-www-form-urlencoded")
    return _fields(_pairs(body, names, "form"), names, "form")


def read_query(request: IRequest, names: Collection[str]) -> dict[str, str]:
    """Return what the address says behind its question mark: some of these, once each."""
    _, _, query = request.uri.partition(b"?")
    if not query:
        return {}
    pairs = _pairs(query, names, "address")
    fields = dict(pairs)
    if len(fields) != len(pairs) or not set(fields) <= set(names):
        known = ", ".join(names) or "nothing"
        raise Refused(400, f"The address may have these and no others, once: {known}.")
    return fields


def read_json(request: IRequest, names: Collection[str]) -> dict[str, str]:
    """Return the members of a JSON object of strings, which must be these."""
    pairs = _parsed(request, LONGEST_BODY)
    if not isinstance(pairs, _Pairs):
        raise Refused(400, "The JSON must be an object.")
    return _fields(pairs, names, "object")


def read_object(request: IRequest, schema: Schema, longest: int) -> dict[str, Any]:
    """Return a JSON object, which must be as a schema says.

    :param longest: bytes that it may have.
    """
    found = _plain(_parsed(request, longest))
    wrong = problem(found, schema)
    if wrong is not None:
        raise Refused(400, sentence(wrong))
    members: dict[str, Any] = found
    return members


def _parsed(request: IRequest, longest: int) -> Any:  # noqa: ANN401 - what JSON has
    """Return what JSON says; objects as `_Pairs`."""
    body = _body(request, "application/json", longest)
    if len(body) > LONGEST_BODY and _length_without_texts(body) > LONGEST_BODY:
        raise Refused(413, "The JSON says too much.")
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise Refused(400, "The body must be JSON.") from None


def _length_without_texts(body: bytes) -> int:
    """Return how much of some JSON is not in one of its first texts.

    A long text is read at once, and a million short ones or brackets would keep the reactor.
    """
    quotes = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return sum(map(len, quotes.split(b'"', 2 * _MOST_TEXTS)[::2]))


def _plain(parsed: Any) -> Any:  # noqa: ANN401 - what JSON has
    """Return what JSON says, objects as such; refuse one that says anything twice."""
    if isinstance(parsed, _Pairs):
        found = {name: _plain(value) for name, value in parsed}
        if len(found) != len(parsed):
            raise Refused(400, "The JSON says something twice.")
        return found
    return [_plain(each) for each in parsed] if isinstance(parsed, list) else parsed


def _pairs(encoded: bytes, names: Collection[str], what: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=max(len(names), 1),
        )
    except ValueError:
        raise Refused(400, f"The {what} cannot be read.") from None


class _Pairs(list[tuple[str, Any]]):
    """The members of an object in order, repeated ones too."""


def _fields(pairs: list[tuple[str, Any]], names: Collection[str], what: str) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) != len(pairs) or set(fields) != set(names):
        raise Refused(400, f"The {what} must have these and no others, once: {', '.join(names)}.")
    for value in fields.values():
        if not isinstance(value, str):
            raise Refused(400, f"Every member of the {what} must be a string.")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused(400, f"The {what} holds half of a character.") from None
    return fields


def _body(request: IRequest, content_type: str, longest: int = LONGEST_BODY) -> bytes:
    content = request.content
    # What is larger was cut short while it arrived, or is in a file.
    if not isinstance(content, BytesIO) or content.getbuffer().nbytes > longest:
        raise Refused(413, f"The body has more than {longest} bytes.")
    if getattr(request, "was_cut", False):
        raise Refused(503, "Others send long bodies now: try again.")
    given = (header(request, "Content-Type") or "").partition(";")[0].strip().lower()
    if given != content_type:
        raise Refused(415, f"Send the body as {content_type}.")
    return content.getvalue()
