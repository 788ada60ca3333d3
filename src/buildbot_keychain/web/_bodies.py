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
from buildbot_keychain.web._refusals import Refused

LONGEST_BODY = 64 * 1024
"""Bytes. From 100,000 on, Twisted would write it to a file."""


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
    body = _body(request, "application/json")
    try:
        pairs = json.loads(body.decode("utf-8"), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise Refused(400, "The body must be JSON.") from None
    if not isinstance(pairs, _Pairs):
        raise Refused(400, "The JSON must be an object.")
    return _fields(pairs, names, "object")


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


def _body(request: IRequest, content_type: str) -> bytes:
    content = request.content
    # What is larger was cut short while it arrived, or is in a file.
    if not isinstance(content, BytesIO) or content.getbuffer().nbytes > LONGEST_BODY:
        raise Refused(413, f"The body has more than {LONGEST_BODY} bytes.")
    given = (header(request, "Content-Type") or "").partition(";")[0].strip().lower()
    if given != content_type:
        raise Refused(415, f"Send the body as {content_type}.")
    return content.getvalue()
