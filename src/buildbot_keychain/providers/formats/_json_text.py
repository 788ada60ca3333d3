"""JSON (RFC 8259), with names twice refused, which the standard library lets pass."""

from __future__ import annotations

import json
from typing import Any

from buildbot_keychain.providers.formats._entries import (
    NUMBER,
    Entries,
    Malformed,
    NotText,
    flattened,
)


def read_json(text: str) -> Entries:
    """Give the texts of a JSON object.

    :raise Malformed: when it is not JSON, is no object, or has a name twice.
    """
    return flattened(parse_json(text))


def parse_json(text: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Give what `text` says, numbers as `NotText`.

    :raise Malformed: when it is not JSON, or an object has a name twice.
    """
    problem = "it is nested too deeply"
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_number,
        )
    except json.JSONDecodeError as error:
        problem = f"it is not JSON, at line {error.lineno}"
    except RecursionError:
        pass
    raise Malformed(problem)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("an object in it has a name twice")
    return found


def _number(text: str) -> NotText:
    del text
    return NUMBER
