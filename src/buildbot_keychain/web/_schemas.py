"""Schemas of the JSON that programs send and get: a small part of JSON Schema.

What is sent is checked by the schema that the OpenAPI document shows. No message shows anything of
it but the names of members that are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SWITCH: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}

_TYPES = {
    "array": (list, "a list"),
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
    "null": (type(None), "null"),
    "object": (dict, "an object"),
    "string": (str, "a string"),
}


_LARGEST = (1 << 62) - 1


def list_of(schema: Schema) -> Schema:
    """Return the schema of a list of what another schema says."""
    return {"type": "array", "items": schema}


def or_null(schema: Schema) -> Schema:
    """Return a schema by which there may be nothing as well."""
    return {**schema, "type": [schema["type"], "null"]}


def of_members(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None
) -> Schema:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def problem(value: object, schema: Schema, name: str = "the body") -> str | None:
    """Return why a value is not as the schema says, as a sentence; ``None`` if it is."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, kind) for kind in types):
        return f"{name} must be {' or '.join(_TYPES[kind][1] for kind in types)}"
    if isinstance(value, dict):
        return _problem_of_members(value, schema, name)
    if isinstance(value, list):
        found = (problem(each, schema["items"], f"each of {name}") for each in value)
        return next((each for each in found if each is not None), None)
    if isinstance(value, int) and not isinstance(value, bool):
        least = schema.get("minimum", -_LARGEST)
        most = schema.get("maximum", _LARGEST)
        if not least <= value <= most:
            return f"{name} is too {'small' if value < least else 'large'}"
    if isinstance(value, str) and not _is_text(value):
        return f"{name} holds half of a character"
    return None


def _problem_of_members(value: Mapping[str, object], schema: Schema, name: str) -> str | None:
    known, required = schema["properties"], schema["required"]
    if not set(value) <= set(known) or not set(required) <= set(value):
        needed = ", ".join(required) or "none"
        return f"{name} has members {', '.join(known)}, and no others; it needs {needed}"
    found = (problem(each, known[member], member) for member, each in value.items())
    return next((each for each in found if each is not None), None)


def _is(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES[kind][0]) and (kind != "integer" or not isinstance(value, bool))


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
