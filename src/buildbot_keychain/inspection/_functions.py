"""Secrets that functions name: renderers, and what steps are given to call.

A function is not called here. What it takes along is looked at, and what its code makes of a
constant: ``Secret("x")``, or a format of an `Interpolate`. Names that it puts together are known
only when it runs.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any

from buildbot.interfaces import IRenderable

from buildbot_keychain.rendering import secret_names

_CALLS = ("CALL", "PRECALL")
_PADDING = frozenset({"PUSH_NULL", "CACHE"})
_KNOWN = ("buildbot.", "buildbot_keychain.")
_FORMAT = "%(secret:"


def taken_along(value: Any) -> list[Any]:
    """Return the values that a function takes along: defaults, closures, globals it mentions."""
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    function = _function(value)
    if function is None:
        return []
    found = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is still to be assigned
            found.append(cell.cell_contents)
    variables = function.__globals__
    mentioned = [variables[name] for name in function.__code__.co_names if name in variables]
    return found + [each for each in mentioned if is_renderable(each)]


def is_renderable(value: Any) -> bool:
    """Return whether a value is of a class of renderables.

    The value itself is not asked: ``buildbot.plugins.util`` fails where it has no such name.
    """
    return bool(IRenderable.implementedBy(type(value)))


def names_in_code(value: Any) -> tuple[str | None, ...]:
    """Return the names of secrets that a function makes; ``None`` for one that it puts together."""
    function = _function(value)
    return () if function is None else _names_in(function.__code__)


def _function(value: Any) -> FunctionType | None:
    """Return the function that `value` is, or whose method it is, if somebody else wrote it."""
    function = getattr(value, "__func__", value)
    if not isinstance(function, FunctionType):
        return None
    return None if str(function.__module__).startswith(_KNOWN) else function


@lru_cache(maxsize=4096)
def _names_in(code: CodeType) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(_find(code)))


def _find(code: CodeType) -> Iterator[str | None]:
    if "Secret" in code.co_names:
        yield from _arguments_of_secrets(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):  # a function, or a comprehension, in it
            yield from _find(constant)
        elif isinstance(constant, str) and _FORMAT in constant and "Interpolate" in code.co_names:
            yield from (name for name, _ in secret_names(constant))


def _arguments_of_secrets(code: CodeType) -> Iterator[str | None]:
    steps = [
        each for each in dis.get_instructions(code) if each.opname not in {"PUSH_NULL", "CACHE"}
    ]
    for number, step in enumerate(steps):
        if step.argval != "Secret" or not step.opname.startswith("LOAD"):
            continue
        argument, call = (*steps[number + 1 : number + 3], None, None)[:2]
        is_constant = argument is not None and argument.opname == "LOAD_CONST"
        is_called = call is not None and call.opname.startswith(_CALLS)
        name = argument.argval if argument is not None else None
        yield name if is_constant and is_called and isinstance(name, str) else None
