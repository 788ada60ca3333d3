"""Templates: how a value was made, in plain JSON, with the names of secrets for their values.

===============================================  ===========================================
``{"secret": "deploy", "provider": "files"}``     the value of a secret
``{"format": "x-%(a)s", "values": {"a": ...}}``  a format string, filled; or a list of values
``{"list": [...]}``, ``{"dict": {"a": ...}}``    what holds templates
``{"literal": "main"}``                          anything else
===============================================  ===========================================

A format is one of the configuration, and everything else that was filled in is a literal: nothing
of a template is ever parsed for names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

Template = dict[str, Any]

DEEPEST = 20
"""Levels of lists, dicts and formats that a template may have."""


class Name(NamedTuple):
    """Which secret it is: its name as it was looked up, and the provider that answered."""

    secret: str
    provider: str


def of_secret(name: Name) -> Template:
    """Return the template of the value of a secret."""
    return name._asdict()


def of_literal(value: Any) -> Template:
    """Return the template of a value that holds no secret."""
    return {"literal": value}


def parts_of(template: Template) -> Iterator[Template]:
    """Yield the templates that are filled into this one."""
    for key in ("values", "list", "dict"):
        parts = template.get(key, ())
        yield from parts.values() if isinstance(parts, dict) else parts


def depth_of(template: Template) -> int:
    """Return how many levels it has; what is deeper than `DEEPEST` is not looked at."""
    depth, level = 0, [template]
    while level and depth <= DEEPEST:
        depth, level = depth + 1, [part for each in level for part in parts_of(each)]
    return depth


def texts_of(template: Template) -> Iterator[Any]:
    """Yield all that a template holds but the names of secrets."""
    if "literal" in template:
        yield template["literal"]
    elif "format" in template:
        yield template["format"]
    elif "dict" in template:
        yield from template["dict"]
    for part in parts_of(template):
        yield from texts_of(part)


def names_of(template: Template) -> Iterator[Name]:
    """Yield the secrets in a template."""
    if "secret" in template:
        yield Name(template["secret"], template["provider"])
    for part in parts_of(template):
        yield from names_of(part)


def filled(template: Template, value_of: Callable[[Name], str]) -> Any:
    """Return the value that a template makes of the values of its secrets."""
    if "secret" in template:
        return value_of(Name(template["secret"], template["provider"]))
    if "literal" in template:
        return template["literal"]
    if "list" in template:
        return [filled(part, value_of) for part in template["list"]]
    if "dict" in template:
        return {key: filled(part, value_of) for key, part in template["dict"].items()}
    values: Any = template["values"]
    if isinstance(values, dict):
        return template["format"] % {key: filled(part, value_of) for key, part in values.items()}
    return template["format"] % tuple(filled(part, value_of) for part in values)


async def looked_up(
    template: Template, look_up: Callable[[Name], Awaitable[str]]
) -> dict[Name, str]:
    """Return the values of the secrets in a template, each looked up once."""
    return {name: await look_up(name) for name in dict.fromkeys(names_of(template))}
