"""The selectors of `Interpolate`: what ``prop:name`` or ``secret:name`` looks up, and where.

A selector parses what follows it into a function that looks a value up and a modifier: the operator
with its operands, as text, if a colon announces one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from buildbot_keychain.errors import EmptySecret, RenderingError, SecretNotFound, quote
from buildbot_keychain.patterns import ANYTHING
from buildbot_keychain.rendering._names import Shaped, shaped
from buildbot_keychain.rendering._secret import Secret

OPERATORS = ("-", "~", "+", "?", "#?")

Found = tuple[bool, Shaped]
"""Whether there is a value, and which."""

_NOTHING = False, Shaped(None, None)

LookUp = Callable[[Any], Awaitable[Found]]
"""Looks a value up in an `IRenderingContext`."""

Parsed = tuple[LookUp, "str | None"]

_hints_wanted: ContextVar[bool] = ContextVar("hints_wanted", default=True)

_IDENTIFIER = re.compile(r"[\w.-]*\Z")


@contextmanager
def with_hints(*, wanted: bool) -> Iterator[None]:
    """Have errors of lookups in a ``with`` block say what may have been meant, or not.

    That takes time, and nobody reads it where a default stands for a missing secret.
    """
    token = _hints_wanted.set(wanted)
    try:
        yield
    finally:
        _hints_wanted.reset(token)


def wants_hints() -> bool:
    """Return whether the error of the current lookup should say what may have been meant."""
    return _hints_wanted.get()


def parse_prop(rest: str, _kwargs: Mapping[str, object], _nested: object) -> Parsed:
    """Parse ``name[:modifier]``: a property."""
    name, modifier = _split(rest)
    _check_identifier(name, "property name", rest)

    async def look_up(context: Any) -> Found:  # noqa: ANN401
        return await _item(context, context.get_properties(), name)

    return look_up, modifier


def parse_worker(rest: str, _kwargs: Mapping[str, object], _nested: object) -> Parsed:
    """Parse ``key[:modifier]``: what is known about the worker."""
    name, modifier = _split(rest)

    async def look_up(context: Any) -> Found:  # noqa: ANN401
        return await _item(context, context.get_worker_info(), name)

    return look_up, modifier


def parse_kw(rest: str, kwargs: Mapping[str, object], _nested: object) -> Parsed:
    """Parse ``name[:modifier]``: a keyword argument."""
    name, modifier = _split(rest)
    _check_identifier(name, "keyword", rest)

    async def look_up(context: Any) -> Found:  # noqa: ANN401
        return (True, await shaped(kwargs[name], context)) if name in kwargs else _NOTHING

    return look_up, modifier


def parse_src(rest: str, _kwargs: Mapping[str, object], _nested: object) -> Parsed:
    """Parse ``codebase:attribute[:modifier]``: an attribute of a source stamp."""
    codebase, colon, attribute = rest.partition(":")
    if not colon:
        msg = f"{quote(f'%(src:{rest})s')} needs both: %(src:codebase:attribute)s"
        raise RenderingError(msg)
    attribute, modifier = _split(attribute)
    _check_identifier(codebase, "codebase", rest)
    _check_identifier(attribute, "attribute", rest)

    async def look_up(context: Any) -> Found:  # noqa: ANN401
        return await _item(context, context.get_source_stamp(codebase), attribute)

    return look_up, modifier


def parse_secret(
    rest: str, _kwargs: Mapping[str, object], nested: Callable[[str], object]
) -> Parsed:
    """Parse ``name[:modifier]``: a secret, whose name may hold colons and selectors."""
    name, modifier = split_secret(rest)
    if not name:
        msg = f"{quote(f'%(secret:{rest})s')} has no name; write %(secret:name)s"
        raise RenderingError(msg)
    secret = Secret(nested(name) if "%(" in name else name)

    async def look_up(context: Any) -> Found:  # noqa: ANN401
        try:
            with with_hints(wanted=modifier is None):
                return True, Shaped(await secret.render(context), ANYTHING)
        except SecretNotFound:
            if modifier is None:
                raise
            return _NOTHING
        except EmptySecret:
            # Whoever wrote the operator has said what is to become of an empty value.
            if modifier is None or not modifier.startswith(("~", "#?")):
                raise
            return True, Shaped("", "")

    return look_up, modifier


SELECTORS = {
    "prop": parse_prop,
    "src": parse_src,
    "kw": parse_kw,
    "worker": parse_worker,
    "secret": parse_secret,
}


async def _item(context: Any, mapping: Any, key: str) -> Found:  # noqa: ANN401
    if key not in mapping:
        return _NOTHING
    return True, Shaped(await context.render(mapping[key]), ANYTHING)


def _check_identifier(text: str, what: str, rest: str) -> None:
    if not _IDENTIFIER.match(text):
        msg = f"the {what} in {quote(rest)} may only contain letters, digits, '_', '.' and '-'"
        raise RenderingError(msg)


def _split(rest: str) -> tuple[str, str | None]:
    """Split ``key:-default`` at the first colon, if there is one."""
    key, colon, modifier = rest.partition(":")
    return key, modifier if colon else None


def split_secret(rest: str) -> tuple[str, str | None]:
    """Split ``name:-default`` at the first operator that is not inside parentheses."""
    depth = 0
    for index, character in enumerate(rest):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ":" and rest.startswith(OPERATORS, index + 1):
            return rest[:index], rest[index + 1 :]
    return rest, None
