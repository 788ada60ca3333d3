"""Reads JSON (RFC 8259); unlike the standard library, rejects what is nested too deeply.

In what users write, an object with a name twice is rejected as well.
"""

from __future__ import annotations

import json
import re
from typing import Any

from buildbot_keychain.formats._entries import (
    MAX_DEPTH,
    NESTED_TOO_DEEPLY,
    Entries,
    Malformed,
    flattened,
    number,
)

_BRACKETS = re.compile(r'[\[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
"""Matches an unfinished string too, so that none is scanned twice."""


def read_json(text: str) -> Entries:
    """Return the entries of a JSON object.

    :raise Malformed: when it is not JSON, not an object, or has a name twice.
    """
    return flattened(parse_json(text))


def parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value that `text` represents, with `NonText` for numbers.

    :raise Malformed: when it is not JSON, an object has a name twice, or it is nested too deeply.
    """
    if is_nested_too_deeply(text):
        raise Malformed(NESTED_TOO_DEEPLY)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=number,
            parse_float=number,
            parse_constant=number,
        )
    except json.JSONDecodeError as error:
        msg = f"it is not JSON, at line {error.lineno}"
        raise Malformed(msg) from error
    except RecursionError as error:
        raise Malformed(NESTED_TOO_DEEPLY) from error


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the object in the body of a server's response, or ``None`` where it is not one.

    `NonText` stands for numbers with a fraction or an exponent. Of two values of one name, the last
    counts.
    """
    try:
        text = body.decode()
        content = None if is_nested_too_deeply(text) else json.loads(text, parse_float=number)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def is_nested_too_deeply(text: str) -> bool:
    """Return whether objects and arrays of a JSON text have more levels than `MAX_DEPTH`."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            return True
    return False


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("an object in it has a name twice")
    return found
