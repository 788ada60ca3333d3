"""`schema_of`: the schema of the JSON of a dataclass, as `dataclasses.asdict` makes it. Pure."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from buildbot_keychain.web._schemas import Schema, list_of, of_members

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


@cache
def schema_of(kind: Any) -> Schema:  # noqa: ANN401 - any type
    """Return the schema of what is of a type.

    :param kind: a dataclass, a plain type, a tuple, a mapping by texts, or several of them.
    :raise TypeError: where JSON has nothing for it.
    """
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return of_members(
            {each.name: schema_of(hints[each.name]) for each in dataclasses.fields(kind)}
        )
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(each) for each in arguments]}
    if origin is tuple:
        return _of_tuple(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping) and arguments[0] is str:
        return map_of(schema_of(arguments[1]))
    msg = f"JSON has nothing for {kind}"
    raise TypeError(msg)


def map_of(schema: Schema) -> Schema:
    """Return the schema of an object with any members, which are what another schema says."""
    return {"type": "object", "additionalProperties": schema}


def _of_tuple(kinds: tuple[Any, ...]) -> Schema:
    if kinds[1:] == (...,):
        return list_of(schema_of(kinds[0]))
    return {
        "type": "array",
        "prefixItems": [schema_of(each) for each in kinds],
        "items": False,
        "minItems": len(kinds),
    }
