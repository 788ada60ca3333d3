"""`argument_problem`: what is wrong with the arguments of a call, in words. Pure."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def argument_problem(
    function: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    hidden: Collection[str] = (),
) -> str:
    """Return why `function` does not take these arguments, as a sentence, or ``""``.

    No argument's value is part of it.

    :param function: a function, or a class.
    :param hidden: names of parameters that users do not give.
    """
    signature = inspect.signature(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        parameters = [p for p in signature.parameters.values() if p.name not in hidden]
    else:
        return ""
    names = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD]
    listed = f"the arguments are {', '.join(names)}" if names else "it takes no arguments"
    for name in kwargs:
        if name not in signature.parameters:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f", did you mean {near[0]!r}?" if near else ";"
            return f"there is no argument {name!r}{hint} {listed}"
    positional = [p for p in parameters if p.kind in _BY_POSITION]
    if len(args) > len(positional):
        return f"at most {len(positional)} arguments may be given without their names; {listed}"
    for parameter in positional[: len(args)]:
        if parameter.name in kwargs:
            return f"the argument {parameter.name!r} is given twice"
    given = {p.name for p in positional[: len(args)]} | set(kwargs)
    missing = [p.name for p in parameters if p.default is p.empty and p.name not in given]
    return f"the argument {missing[0]!r} is missing; {listed}"
