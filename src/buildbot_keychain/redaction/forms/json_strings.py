"""A value inside a JSON string."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from .literals import upper_escapes

__all__ = ["json_string", "usual_json_string"]


def json_string(value: str) -> Iterator[str]:
    r"""Inside a JSON string (RFC 8259 section 7).

    Non-ASCII as it is or as ``\uXXXX``; with ``\/`` (PHP's `json_encode`); with what matters to
    HTML as ``\u003c`` and so on, digits in either case, by the habits of usual writers.
    """
    for ascii_only in (False, True):
        inner = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        escaped = [inner, *(pattern.sub(_as_number, inner) for pattern in _JSON_FOR_HTML)]
        for plain in dict.fromkeys(escaped):
            for text in (plain, upper_escapes(plain)):
                yield text
                yield text.replace("/", "\\/")


# A backslash behind a backslash begins no escape, here and below.
_JSON_FOR_HTML = (
    re.compile(r"\\\\|[<>&\u2028\u2029]"),  # Go's encoding/json, Rails
    re.compile(r"\\\\|[<>&='\u2028\u2029]"),  # Gson
    re.compile(r"\\\\|\\\"|[<>&'+`]"),  # .NET's System.Text.Json
    re.compile(r"\\\\|\\\"|[<>&']"),  # PHP with JSON_HEX_TAG and its like
)


def _as_number(match: re.Match[str]) -> str:
    return match[0] if match[0] == "\\\\" else f"\\u{ord(match[0][-1]):04x}"


def usual_json_string(value: str) -> Iterator[str]:
    """The same by the commonest writers: Python's and JavaScript's, and Go's (docker, kubectl)."""
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(value)[1:-1]
    yield _JSON_FOR_HTML[0].sub(_as_number, json.dumps(value, ensure_ascii=False)[1:-1])
