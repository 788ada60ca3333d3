"""Reads JSON (RFC 8259); unlike the standard library, rejects an object with a name twice."""

from __future__ import annotations

import json
from typing import Any

from buildbot_keychain.providers.formats._entries import (
    NUMBER,
    Entries,
    Malformed,
    NonText,
    flattened,
)


def read_json(text: str) -> Entries:
    """Return the entries of a JSON object.

    :raise Malformed: when it is not JSON, not an object, or has a name twice.
    """
    return flattened(parse_json(text))


def parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value that `text` represents, with `NonText` for numbers.

    :raise Malformed: when it is not JSON, or an object has a name twice.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_number,
        )
    except json.JSONDecodeError as error:
        msg = f"it is not JSON, at line {error.lineno}"
        raise Malformed(msg) from error
    except RecursionError as error:
        raise Malformed("it is nested too deeply") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("an object in it has a name twice")
    return found


def _number(_text: str) -> NonText:
    return NUMBER
