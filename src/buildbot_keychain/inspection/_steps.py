"""The steps of a configuration, before there are builds, and the arguments of anything."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def steps_of(builder: Any) -> Iterator[tuple[type, Any]]:
    """Yield the class of each step of `builder`, and what holds its ``args`` and ``kwargs``.

    :param builder: Buildbot's ``BuilderConfig``.
    """
    for step in getattr(builder.factory, "steps", ()):
        cls = getattr(step, "step_class", None)  # a factory of somebody else has none
        if isinstance(cls, type):
            yield cls, step


def arguments_by_name(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a method by name; ``*`` has those beyond its parameters."""
    names = _positional(function)
    given = dict(zip(names, args, strict=False))
    if len(args) > len(names):
        given["*"] = args[len(names) :]
    return {**given, **kwargs}


@lru_cache(maxsize=1024)
def _positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the positional parameters of a method, but that of its object."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C
        return ()
    names = tuple(each.name for each in parameters if each.kind in _POSITIONAL)
    return names[1:]
