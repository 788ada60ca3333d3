r"""Names of secrets that a build has a say in: what comes from it is data, and never syntax.

A name such as ``deploy/%(prop:env)s`` is written by the administrator, and filled in by properties,
source stamps and workers. Anybody may have set those, whatever source a property claims to have. So
nothing that is filled in may contain what means something in a name, or could: that is for the
provider to decide, and its arguments may choose the characters. A name of which the build chooses
everything must be one that the administrator has allowed.

To tell the two apart, a name is rendered together with its *shape*: the same text with a ``*`` for
whatever was filled in. What the name has and the shape lacks was filled in.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from buildbot_keychain.errors import ConfigurationWarning, InvalidName, RenderingError, quote
from buildbot_keychain.patterns import ANYTHING, expression

_DATA = re.compile(r"[\w.+~ -]")
"""What never means anything in a name, to the manager or to any provider; two dots do."""

_PACKAGE = __name__.partition(".")[0]


class Shaped(NamedTuple):
    """A rendered value, and its shape: what of it the administrator has written."""

    value: Any
    shape: Any


class ShapedRenderable:
    """A renderable that can tell what is filled in from what the administrator has written."""

    async def shaped(self, context: Any) -> Shaped:  # noqa: ANN401 - an IRenderingContext
        """Return the text and its shape."""
        raise NotImplementedError

    def expected_shape(self) -> str:
        """Return the shape that the text will have if everything in it is filled in."""
        raise NotImplementedError


async def shaped(value: object, context: Any) -> Shaped:  # noqa: ANN401 - an IRenderingContext
    """Return `value` rendered; of an unknown renderable nobody knows what is filled in."""
    if isinstance(value, ShapedRenderable):
        return await value.shaped(context)
    if _is_constant(value):
        return Shaped(value, value)
    return Shaped(await context.render(value), ANYTHING)


def expected_shape(value: object) -> object:
    """Return the shape that `value` will have when it is rendered."""
    if isinstance(value, ShapedRenderable):
        return value.expected_shape()
    return value if _is_constant(value) else ANYTHING


def format_shape(fmtstring: str, shapes: object) -> str:
    """Return the shape of a filled in format string; one that does not take texts is unknown."""
    try:
        return fmtstring % shapes
    except KeyError:  # a mistake that has been reported
        return fmtstring
    except (TypeError, ValueError):
        return ANYTHING


def parse_allowed(secret: object, allowed: object) -> tuple[str, ...]:
    """Return the argument `allowed` of `secret`: patterns.

    :raise RenderingError: when it is neither a pattern nor a list of them.
    """
    patterns = (allowed,) if isinstance(allowed, str) else allowed
    if isinstance(patterns, (list, tuple)) and patterns:
        texts = tuple(p for p in patterns if isinstance(p, str) and p.strip())
        if len(texts) == len(patterns):
            return texts
    msg = f"allowed of {quote(secret)} must be a pattern such as 'deploy-*', or a list of them"
    raise RenderingError(msg)


def is_data(character: str) -> bool:
    """Return whether builds may fill `character` in: a letter, a digit, a blank or ``-_.+~``."""
    return _DATA.fullmatch(character) is not None


def warn_if_unlimited(secret: object, name: object) -> None:
    """Warn where `secret` is written that its `name` will come from builds alone."""
    shape = expected_shape(name)
    if isinstance(shape, str) and not _is_limited(shape):
        message = f"{quote(secret)} will not be looked up: {_unlimited(shape)}"
        warnings.warn(message, ConfigurationWarning, stacklevel=_caller())


def check_name(secret: object, name: Shaped, allowed: tuple[str, ...]) -> str:
    """Return the name of `secret`.

    :raise RenderingError: when it is not a text.
    :raise InvalidName: when what was filled in is syntax, or when the name is not allowed. The
        message does not show what was filled in.
    """
    text, shape = name
    if not isinstance(text, str):
        kind = type(text).__name__
        msg = f"the name of {quote(secret)} renders to a value of type {kind}; it must be a str"
        raise RenderingError(msg)
    shape = str(shape)
    for sign in _filled_in_syntax(text, shape):
        if sign == "/" and allowed:
            continue
        remedy = "write it into the name, where the administrator decides"
        if sign == "/":
            remedy = "allow it with a pattern such as allowed='deploy/*'"
        msg = (
            f"the name of {quote(secret)} must be {shape!r}, and what is filled in contains "
            f"{sign!r}: what comes from a property, a source stamp or a worker is never syntax; "
            f"{remedy}"
        )
        raise InvalidName(msg)
    if allowed:
        if not any(_matches(pattern, text) for pattern in allowed):
            patterns = " or ".join(map(repr, allowed))
            msg = f"the name of {quote(secret)} is not allowed: it must be {patterns}"
            raise InvalidName(msg)
    elif not _is_limited(shape):
        msg = f"{quote(secret)} is not looked up: {_unlimited(shape)}"
        raise InvalidName(msg)
    return text


def _is_constant(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _filled_in_syntax(name: str, shape: str) -> Iterator[str]:
    """Yield what may mean something in `name` and was filled in; a ``/`` after other signs."""
    for sign in sorted(dict.fromkeys(name), key="/".__eq__):
        # Of a `*` nobody knows whether it is the shape's own.
        if not is_data(sign) and (name.count(sign) != shape.count(sign) or sign == ANYTHING):
            yield sign
    if name.count("..") != shape.count(".."):
        yield ".."


def _is_limited(shape: str) -> bool:
    """Return whether the administrator has written a part of the path."""
    path = shape.rpartition("!")[2].partition("|")[0]
    return any(character.isalnum() for character in path)


def _unlimited(shape: str) -> str:
    example = shape.replace(ANYTHING, "deploy-*", 1)
    return (
        "its name comes from the build alone, so whoever starts builds could choose any secret; "
        f"write Secret(..., allowed={example!r}), in an Interpolate as %(kw:token)s with "
        f"token=Secret(..., allowed={example!r})"
    )


def _matches(pattern: str, name: str) -> bool:
    """Return whether `name` is one that `pattern` allows, whatever its provider and its field.

    Where the pattern has a provider or a field, the name must have it too.
    """
    if "!" not in pattern:
        name = name.partition("!")[2] or name
    if "|" not in pattern:
        name = name.partition("|")[0]
    return expression(pattern, f"{_DATA.pattern}+").fullmatch(name) is not None


def _caller() -> int:
    """Return the stack level, for `warnings.warn`, of the first caller outside of this package."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - documented in `sys`
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    return level


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == _PACKAGE
