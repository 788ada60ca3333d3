"""`Interpolate`: a format string whose ``%(selector:…)s`` parts are rendered when it is needed.

The grammar is Buildbot's (manual, "Interpolate"): the selectors ``prop``, ``src``, ``kw``,
``worker`` and ``secret``, each with an operator behind the key or with none:

====================  ===========================================================================
``key``               the value; nothing where there is none (a missing secret is an error)
``key:-default``      the value; the default where there is none
``key:~default``      the value; the default where there is none or it is empty
``key:+text``         the text where there is a value, else nothing
``key:?|yes|no``      ``yes`` where there is a value, else ``no``; any character may delimit
``key:#?|yes|no``     ``yes`` where the value is true, else ``no``
====================  ===========================================================================

Defaults and texts may hold further selectors. For secrets, unlike in Buildbot, the operators ask
the providers: "there is a value" means that one of them holds the secret. A secret's name may
hold colons and selectors: ``%(secret:deploy-%(prop:env)s)s``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.errors import RenderingError, SecretNotFound, quote
from buildbot_keychain.interfaces import IRenderable, IRenderingContext
from buildbot_keychain.rendering.identity import identity
from buildbot_keychain.rendering.secret import Secret

_IDENTIFIER = re.compile(r"[\w.-]*\Z")
_OPERATORS = ("-", "~", "+", "?", "#?")

# What a key had where it was looked up: whether there was a value, and which.
_Found = tuple[bool, Any]
_LookUp = Callable[[Any], Awaitable[_Found]]
# Where a part looks, and its operator with what follows, if a colon announces one.
_Parsed = tuple[_LookUp, str | None]


class _Part(NamedTuple):
    """One ``%(…)s``: where it looks, and what it makes of what it finds."""

    look_up: _LookUp
    operator: str
    present: Interpolate | None
    absent: Interpolate | None

    async def render(self, context: Any) -> object:  # noqa: ANN401 - an IRenderingContext
        there, value = await self.look_up(context)
        if self.operator in {"~", "#?"}:
            there = there and bool(value)
        if there and self.present is None:
            return "" if value is None else value
        chosen = self.present if there else self.absent
        return "" if chosen is None else await chosen.getRenderingFor(context)


@implementer(IRenderable)
class Interpolate:
    """The format string `fmtstring`, filled in when it is rendered.

    :param fmtstring: Python ``%`` formatting; with keyword arguments or none, the selectors above;
        with positional arguments, plain ``%s``.
    :param args: what ``%s`` stands for, in order; may be renderables.
    :param kwargs: what ``%(kw:…)s`` stands for; may be renderables.
    :raise RenderingError: when the format makes no sense.
    """

    def __init__(self, fmtstring: str, *args: object, **kwargs: object) -> None:
        if args and kwargs:
            msg = f"Interpolate({quote(fmtstring)}) takes positional or keyword arguments, not both"
            raise RenderingError(msg)
        self.fmtstring = fmtstring
        self.args = args
        self.kwargs = kwargs
        self._parts = {} if args else {key: self._parse(key) for key in _keys(fmtstring)}

    def getRenderingFor(self, context: object) -> Deferred[str]:
        """Give the text (`str`), or a Deferred's failure where a part of it cannot be had."""
        return Deferred.fromCoroutine(self._render(IRenderingContext(context)))

    async def _render(self, context: Any) -> str:  # noqa: ANN401 - an IRenderingContext
        if self.args:
            return self.fmtstring % tuple(await context.render(self.args))
        rendered = {key: await part.render(context) for key, part in self._parts.items()}
        return self.fmtstring % rendered

    def _parse(self, key: str) -> _Part:
        selector, colon, rest = key.partition(":")
        parse = _SELECTORS.get(selector)
        if not colon or parse is None:
            msg = (
                f"{quote(f'%({key})s')} in {quote(self)}: a part is written %(selector:key)s, "
                f"with one of the selectors {', '.join(sorted(_SELECTORS))}"
            )
            raise RenderingError(msg)
        look_up, modifier = parse(rest, self.kwargs)
        if modifier is None:
            return _Part(look_up, "", None, None)
        operator = next((op for op in _OPERATORS if modifier.startswith(op)), None)
        if operator is None:
            msg = (
                f"{quote(f'%({key})s')} in {quote(self)}: what follows the key begins with none of "
                "the operators :- :~ :+ :? :#?"
            )
            raise RenderingError(msg)
        text = modifier[len(operator) :]
        if operator in {"-", "~"}:
            return _Part(look_up, operator, None, self._nested(text))
        if operator == "+":
            return _Part(look_up, operator, self._nested(text), None)
        yes, no = _split_ternary(key, text)
        return _Part(look_up, operator, self._nested(yes), self._nested(no))

    def _nested(self, fmtstring: str) -> Interpolate:
        return Interpolate(fmtstring, **self.kwargs)

    def __repr__(self) -> str:
        args = "".join(f", {arg!r}" for arg in self.args)
        kwargs = "".join(f", {key}={value!r}" for key, value in self.kwargs.items())
        return f"Interpolate({self.fmtstring!r}{args}{kwargs})"

    def _says(self) -> object:
        return self.fmtstring, identity(self.args), identity(self.kwargs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interpolate):
            return NotImplemented
        return self._says() == other._says()

    def __hash__(self) -> int:
        return hash(self._says())


def _parse_prop(rest: str, _kwargs: dict[str, object]) -> _Parsed:
    name, modifier = _split(rest)
    _check_identifier(name, "property name", rest)

    async def look_up(context: Any) -> _Found:  # noqa: ANN401
        return await _item(context, context.get_properties(), name)

    return look_up, modifier


def _parse_worker(rest: str, _kwargs: dict[str, object]) -> _Parsed:
    name, modifier = _split(rest)

    async def look_up(context: Any) -> _Found:  # noqa: ANN401
        return await _item(context, context.get_worker_info(), name)

    return look_up, modifier


def _parse_kw(rest: str, kwargs: dict[str, object]) -> _Parsed:
    name, modifier = _split(rest)
    _check_identifier(name, "keyword", rest)

    async def look_up(context: Any) -> _Found:  # noqa: ANN401
        return await _item(context, kwargs, name)

    return look_up, modifier


def _parse_src(rest: str, _kwargs: dict[str, object]) -> _Parsed:
    codebase, colon, attribute = rest.partition(":")
    if not colon:
        msg = f"{quote(f'%(src:{rest})s')} needs both: %(src:codebase:attribute)s"
        raise RenderingError(msg)
    attribute, modifier = _split(attribute)
    _check_identifier(codebase, "codebase", rest)
    _check_identifier(attribute, "attribute", rest)

    async def look_up(context: Any) -> _Found:  # noqa: ANN401
        return await _item(context, context.get_source_stamp(codebase), attribute)

    return look_up, modifier


def _parse_secret(rest: str, kwargs: dict[str, object]) -> _Parsed:
    name, modifier = _split_secret(rest)
    if not name:
        msg = f"{quote(f'%(secret:{rest})s')} names no secret; write %(secret:name)s"
        raise RenderingError(msg)
    secret = Secret(Interpolate(name, **kwargs) if "%(" in name else name)

    async def look_up(context: Any) -> _Found:  # noqa: ANN401
        try:
            return True, await secret.getRenderingFor(context)
        except SecretNotFound:
            if modifier is None:
                raise
            return False, None

    return look_up, modifier


_SELECTORS = {
    "prop": _parse_prop,
    "src": _parse_src,
    "kw": _parse_kw,
    "worker": _parse_worker,
    "secret": _parse_secret,
}


class _Recorder(dict[str, str]):
    """Notes which keys a format string asks for."""

    def __missing__(self, key: str) -> str:
        self[key] = ""
        return ""


def _keys(fmtstring: str) -> list[str]:
    keys = _Recorder()
    try:
        fmtstring % keys
    except (TypeError, ValueError) as error:
        msg = f"{quote(fmtstring)} is no format string: {error}; a plain % is written %%"
        raise RenderingError(msg) from None
    return list(keys)


async def _item(context: Any, mapping: Any, key: str) -> _Found:  # noqa: ANN401
    if key not in mapping:
        return False, None
    return True, await context.render(mapping[key])


def _check_identifier(text: str, what: str, rest: str) -> None:
    if not _IDENTIFIER.match(text):
        msg = f"the {what} in {quote(rest)} may only hold letters, digits, '_', '.' and '-'"
        raise RenderingError(msg)


def _split(rest: str) -> tuple[str, str | None]:
    """Split ``key:-default`` at the first colon, where there is one."""
    key, colon, modifier = rest.partition(":")
    return key, modifier if colon else None


def _split_secret(rest: str) -> tuple[str, str | None]:
    """Split ``name:-default`` at the first operator that is not inside parentheses."""
    depth = 0
    for index, character in enumerate(rest):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ":" and rest.startswith(_OPERATORS, index + 1):
            return rest[:index], rest[index + 1 :]
    return rest, None


def _split_ternary(key: str, text: str) -> tuple[str, str]:
    """Split ``|yes|no`` at the second delimiter that is not inside parentheses."""
    delimiter, rest = text[:1], text[1:]
    if delimiter not in {"", "("}:
        depth = 0
        for index, character in enumerate(rest):
            depth += (character == "(") - (character == ")")
            if depth == 0 and character == delimiter:
                return rest[:index], rest[index + 1 :]
    msg = f"{quote(f'%({key})s')}: a choice is written :?|yes|no, with any delimiter but '('"
    raise RenderingError(msg)
